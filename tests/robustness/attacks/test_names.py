import pytest

from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import FAB
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def names(*attacks):
    return distinct_names([attack.describe() for attack in attacks])


def test_default_settings_need_no_words():
    attacks = PGD(), PGD(steps=5), Square(), FAB(), FGSM(), APGD()
    assert names(*attacks) == [
        "PGD-20", "PGD-5", "Square", "FAB", "FGSM", "APGD-CE"
    ]  # fmt: skip
    targeted = APGD(loss="dlr", targets="logits")
    assert names(APGD(loss="margin"), targeted, AutoAttack()) == [
        "APGD-margin", "APGD-DLR-targeted", "AutoAttack (standard)"
    ]  # fmt: skip
    # Tables have columns for these.
    assert names(PGD(eps=0.1), PGD(eps=0.2), PGD("l2", 0.1)) == ["PGD-20"] * 3


@pytest.mark.parametrize(
    "attack,expected",
    [
        (PGD(loss="dlr"), "PGD-20 (loss dlr)"),
        (PGD(keep="last", seed=1), "PGD-20 (seed 1, keep last)"),
        (PGD(step_size=0.01), "PGD-20 (step_size 0.01)"),
        (PGD(random_start=False), "PGD-20 (random_start False)"),
        (PGD(target="random"), "PGD-20 (target random)"),
        (PGD(restarts=2, samples=3), "PGD-20 (restarts 2, samples 3)"),
        (FGSM(loss="margin"), "FGSM (loss margin)"),
        (APGD(steps=30), "APGD-CE (steps 30)"),
        (
            APGD(loss="dlr", targets="logits", num_targets=5),
            "APGD-DLR-targeted (num_targets 5)",
        ),
        (APGD(loss="dlr", targets="malt"), "APGD-DLR-MALT"),
        (FAB(num_targets=3), "FAB (num_targets 3)"),
        (Square(num_queries=10), "Square (num_queries 10)"),
        (Square(share=0.1 + 1e-9), "Square (share 0.1)"),
        (AutoAttack(version="rand", seed=1), "AutoAttack (rand, seed 1)"),
        (AutoAttack(version="fast"), "AutoAttack (fast)"),
        (PGD(jit_compile=False), "PGD-20 (jit_compile False)"),
    ],
)
def test_other_settings_are_in_the_name(attack, expected):
    assert attack.name == expected
    # Whatever else is in the table.
    assert names(PGD(), attack) == ["PGD-20", expected]


def test_numbers_where_names_are_alike():
    assert names(PGD(), PGD()) == ["PGD-20 (no. 1)", "PGD-20 (no. 2)"]
    # Both radii are 0.1 in a table, both shares 0.1 in a name.
    assert names(PGD(eps=0.1), PGD(eps=0.1 + 1e-6)) == [
        "PGD-20 (no. 1)",
        "PGD-20 (no. 2)",
    ]
    assert names(Square(share=0.1), Square(share=0.1 + 1e-9)) == [
        "Square (share 0.1, no. 1)",
        "Square (share 0.1, no. 2)",
    ]


def test_parts_of_an_ensemble():
    ensemble = Ensemble([PGD(), PGD(loss="cross_entropy")])
    assert ensemble.name == "PGD-20 + PGD-20 (loss cross_entropy)"
    assert Ensemble([PGD(), Square()]).name == "PGD-20 + Square"
    one = Ensemble([APGD(), Square(num_queries=10)])
    two = Ensemble([APGD(), Square(num_queries=20)])
    assert names(one, two) == [
        "APGD-CE + Square (num_queries 10)",
        "APGD-CE + Square (num_queries 20)",
    ]
