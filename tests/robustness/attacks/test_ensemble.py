import numpy as np
import pytest

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


def test_another_radius():
    ensemble = Ensemble([PGD("linf", 0.1), Square("linf", 0.1)]).with_eps(0.2)
    assert [a.eps for a in ensemble.attacks] == [0.2, 0.2]
    assert ensemble.get_config()["attacks"][0]["name"] == "PGD-20"
