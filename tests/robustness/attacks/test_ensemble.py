import numpy as np
import pytest

from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square


def test_is_the_worst_case_of_each_image(digits):
    model, x, y = digits
    attacks = [PGD("linf", 0.06, 5), Square("linf", 0.06, 50)]

    def fooled(attack):
        logits = model.predict(attack(model, x, y), verbose=0)
        return logits.argmax(axis=1) != y

    worst = fooled(attacks[0]) | fooled(attacks[1])
    np.testing.assert_array_equal(fooled(Ensemble(attacks)), worst)


def test_members_share_a_ball():
    with pytest.raises(ValueError, match="must share `norm`"):
        Ensemble([PGD("linf", 0.1), PGD("linf", 0.2)])
    with pytest.raises(ValueError, match="at least one"):
        Ensemble([])
    with pytest.raises(ValueError, match="no given targets"):
        Ensemble([PGD(target="given")])


def test_has_the_ball_of_its_parts():
    ensemble = Ensemble([PGD("l2", 0.1), Square("l2", 0.1)])
    assert (ensemble.norm, ensemble.eps) == ("l2", 0.1)
    parts = ensemble.describe()["attacks"]
    assert [part["name"] for part in parts] == ["PGD-20", "Square"]


def test_every_part_must_fit_the_model_before_the_first_runs(
    linear, monkeypatch
):
    model = linear(np.eye(3))
    x, y = np.full((2, 3), 0.5, "float32"), [0, 1]
    monkeypatch.setattr(CompiledAttack, "_run", None)
    needs_four = PGD(loss="dlr", target="random")
    with pytest.raises(ValueError, match="at least 4 classes"):
        Ensemble([PGD(), needs_four])(model, x, y)
    # However deep a part lies.
    images = Ensemble([PGD(), Ensemble([PGD(seed=1), Square()])])
    with pytest.raises(ValueError, match="rank 4 for `Square`"):
        images(model, x, y)
    with pytest.raises(ValueError, match="L2 distance"):
        Ensemble([PGD("l2", 3.0)]).check_fits((0, 1), None, (3,))


@pytest.mark.parametrize("attacks", ["pgd", [PGD], [[PGD()]], 3])
def test_parts_are_attacks(attacks):
    with pytest.raises(TypeError, match="`attacks` must be an attack"):
        Ensemble(attacks)
