import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import FAB
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack
from keras_ceb.robustness.attacks import Square


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


ATTACKS = {
    "FGSM": lambda norm, eps, **kwargs: FGSM(norm, eps, **kwargs),
    "APGD": lambda norm, eps, **kwargs: APGD(norm, eps, 5, **kwargs),
    "APGD-T": lambda norm, eps, **kwargs: APGD(
        norm, eps, 5, loss="margin", num_targets=1, **kwargs
    ),
    "FAB": lambda norm, eps, **kwargs: FAB(
        norm, eps, 5, num_targets=1, **kwargs
    ),
    "Square": lambda norm, eps, **kwargs: Square(norm, eps, 5, **kwargs),
}


@pytest.fixture(scope="module")
def small_model():
    inputs = keras.Input((6, 5, 3))
    flat = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, keras.layers.Dense(3)(flat))


@pytest.mark.parametrize("name", ATTACKS)
@given(
    norm=st.sampled_from(["linf", "l2"]),
    lower=st.sampled_from([0.0, -1.0, -123.7]),
    width=st.sampled_from([1.0, 2.0, 255.0]),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**40),
)
@settings(max_examples=5, deadline=None)
def test_never_leaves_ball_or_range(
    small_model, name, norm, lower, width, share, seed
):
    rng = np.random.default_rng(seed)
    bounds = (lower, lower + width)
    eps = share * width
    x = rng.uniform(*bounds, size=(6, 6, 5, 3)).astype("float32")
    attack = ATTACKS[name](norm, eps, bounds=bounds, seed=seed)
    found = attack(small_model, x, rng.integers(0, 3, 6))
    tolerance = 1e-6 * (width + abs(lower))
    assert found.min() >= bounds[0] and found.max() <= bounds[1]
    delta = (found - x).reshape(6, -1).astype("float64")
    order = np.inf if norm == "linf" else 2
    assert np.all(np.linalg.norm(delta, order, axis=1) <= eps + tolerance)
