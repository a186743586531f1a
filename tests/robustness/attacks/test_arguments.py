import pytest

from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def test_one_or_several():
    one, two = PGD(), Square()
    assert check_attacks(one) == [one]
    assert check_attacks((one, two)) == [one, two]
    assert check_attacks(iter([one])) == [one]
    assert check_attacks([]) == []
    assert check_attacks([PGD(seed=0), PGD(seed=1)])


@pytest.mark.parametrize(
    "attacks,hint",
    [
        ("pgd", "not its name.*'pgd' of type str"),
        (["pgd"], "not its name.*'pgd' of type str"),
        (PGD, r"`PGD\(\)`"),
        ([AutoAttack], r"`AutoAttack\(\)`"),
        ([[PGD()]], "`Ensemble`"),
        ({"pgd": PGD()}, "of type dict"),
        (3, "3 of type int"),
        (None, "None of type NoneType"),
        ([None], "None of type NoneType"),
    ],
)
def test_what_is_no_attack(attacks, hint):
    with pytest.raises(TypeError, match=f"`a` must be an attack.*{hint}"):
        check_attacks(attacks, "a")


def test_the_same_attack_twice():
    for pair in ([PGD(), PGD()], [PGD()] * 2, [PGD(), Square(), PGD()]):
        with pytest.raises(ValueError, match="must differ.*twice PGD-20"):
            check_attacks(pair)
        with pytest.raises(ValueError, match="must differ.*twice PGD-20"):
            Ensemble(pair)


def test_targets_that_cannot_be_given():
    with pytest.raises(ValueError, match="no given targets.*PGD-20"):
        check_attacks(PGD(target="given"))
