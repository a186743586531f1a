"""The divergence by hand, and the attack on a linear function."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.adversarial import trades
from keras_ceb.adversarial import TRADES

X = np.array([[0.5, 0.5, 0.05]], "float32")
SLOPE = np.array([[3.0, -4.0, -1.0]], "float32")


def perturb(adversary, seed=5, **options):
    keys = random.image_keys((seed, 0), np.arange(1))
    found = adversary.perturb(
        ops.convert_to_tensor(X), lambda x: 0.0 * x + SLOPE, keys, **options
    )
    return ops.convert_to_numpy(found)


def test_divergence():
    # KL of (1/2, 1/2) from (3/4, 1/4) is log 2 - 1/2 log 3.
    clean = np.array([[0.0, 0.0], [0.0, np.log(3.0)], [0.0, -np.inf]])
    other = np.array([[np.log(3.0), 0.0], [7.0, 7.0 + np.log(3.0)], [1.0, 1.0]])
    found = trades.divergence(clean.astype("float16"), other.astype("float32"))
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    expected = [np.log(2) - 0.5 * np.log(3), 0.0, np.log(2)]
    np.testing.assert_allclose(ops.convert_to_numpy(found), expected, atol=1e-3)


def test_the_attack():
    found = perturb(TRADES("linf", 0.1))
    np.testing.assert_allclose(found, [[0.6, 0.4, 0.0]], atol=1e-6)
    found = perturb(TRADES("linf", 0.1), scale=0.5)
    np.testing.assert_allclose(found, [[0.55, 0.45, 0.0]], atol=1e-6)
    # Next to the clean input, in the units of the range, and random.
    for width in (1.0, 100.0):
        still = TRADES(
            "linf", 0.1 * width, steps=1, step_size=0.0, bounds=(0, width)
        )
        starts = [perturb(still, seed) - X for seed in range(30)]
        spread = np.std(np.stack(starts)[..., :2]) / width
        assert 0.0007 < spread < 0.0014


def test_serialization():
    adversary = TRADES("l2", 0.5, beta=3, steps=5, warmup_steps=10)
    config = keras.saving.serialize_keras_object(adversary)
    assert keras.saving.deserialize_keras_object(config) == adversary


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"beta": 0}, "`beta` must be larger than 0"),
        ({"beta": -1}, "`beta` must be a finite number"),
        ({"steps": 0}, "`steps` must be a positive"),
        ({"clean_fraction": 0.5}, "`clean_fraction` must be 0 for TRADES"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        TRADES(**options)
