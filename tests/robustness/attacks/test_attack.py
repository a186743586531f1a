import pytest

from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack


def test_protocol_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Attack()


def test_config_holds_every_setting():
    config = PGD("l2", 0.5, 7, 0.1, seed=3, bounds=(-1, 1)).get_config()
    expected = {
        "name": "PGD-7",
        "norm": "l2",
        "eps": 0.5,
        "num_steps": 7,
        "step_size": 0.1,
        "random_start": True,
        "restarts": 1,
        "target": "none",
        "loss": "margin",
        "samples": 1,
        "keep": "best",
        "bounds": (-1.0, 1.0),
        "seed": 3,
        "jit_compile": "auto",
    }
    assert config == expected


def test_with_eps_leaves_the_first_alone():
    attack = PGD("linf", 0.1)
    other = attack.with_eps(0.2)
    assert (attack.eps, other.eps) == (0.1, 0.2)
    with pytest.raises(ValueError, match="`eps` must be finite"):
        attack.with_eps(-1)


def test_targets_belong_to_given(digits):
    model, x, y = digits
    with pytest.raises(ValueError, match="`targets` must be given"):
        PGD(steps=1)(model, x, y, targets=y)
    with pytest.raises(ValueError, match="`targets` must be given"):
        PGD(steps=1, target="given")(model, x, y)
