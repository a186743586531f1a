"""Several steps, by hand on a linear function."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import random
from keras_ceb.adversarial import PGDTraining

X = np.array([[0.5, 0.5, 0.05]], "float32")
SLOPE = np.array([[3.0, -4.0, -1.0]], "float32")


def perturb(adversary, seed=5):
    x = ops.convert_to_tensor(X)
    keys = random.image_keys((seed, 0), np.arange(1))
    found = adversary.perturb(x, lambda x: 0.0 * x + SLOPE, keys)
    return ops.convert_to_numpy(found)


def test_the_steps_add_up():
    found = perturb(PGDTraining("linf", 0.1, steps=3, random_start=False))
    np.testing.assert_allclose(found, [[0.575, 0.425, 0.0]], atol=1e-6)


def test_they_end_on_the_ball_wherever_they_start():
    adversary = PGDTraining("linf", 0.1, steps=9)
    for seed in range(3):
        found = perturb(adversary, seed)
        np.testing.assert_allclose(found, [[0.6, 0.4, 0.0]], atol=1e-6)
    short = PGDTraining("linf", 0.1, steps=1, step_size=0.0)
    assert np.abs(perturb(short, 0) - perturb(short, 1)).max() > 1e-3


def test_serialization():
    adversary = PGDTraining("l2", 0.5, steps=10, step_size=0.1)
    config = keras.saving.serialize_keras_object(adversary)
    assert keras.saving.deserialize_keras_object(config) == adversary


def test_bad_input():
    with pytest.raises(ValueError, match="`steps` must be a positive"):
        PGDTraining(steps=0)
    with pytest.raises(TypeError, match="`random_start` must be True or"):
        PGDTraining(random_start="yes")
    with pytest.raises(ValueError, match="`warmup_steps` must be an integer"):
        PGDTraining(warmup_steps=-1)
    with pytest.raises(ValueError, match="`start_step` must be an integer"):
        PGDTraining(start_step=0.5)
    with pytest.raises(ValueError, match="`clean_fraction` must be a finite"):
        PGDTraining(clean_fraction=1.5)
