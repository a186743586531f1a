"""One step, by hand on a linear function."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import random
from keras_ceb.adversarial import FastTraining

SLOPE = np.array([[3.0, -4.0, 0.0]], "float32")
X = np.array([[0.5, 0.5, 0.5], [0.0, 1.0, 0.95]], "float32")
DRAW = random.image_keys((5, 0), np.arange(2))


def perturb(adversary, slope=SLOPE):
    x = ops.convert_to_tensor(X)
    found = adversary.perturb(x, lambda x: 0.0 * x + slope, DRAW)
    return ops.convert_to_numpy(found)


def test_the_step():
    moved = perturb(FastTraining("linf", 0.1, noise=None, step_size=0.05))
    np.testing.assert_allclose(
        moved, [[0.55, 0.45, 0.5], [0.05, 0.95, 0.95]], atol=1e-6
    )
    # 1.25 eps by default, cut off at eps.
    moved = perturb(FastTraining("linf", 0.1, noise=None))
    np.testing.assert_allclose(moved[0], [0.6, 0.4, 0.5], atol=1e-6)
    moved = perturb(FastTraining("l2", 0.1, noise=None))
    np.testing.assert_allclose(moved[0], [0.56, 0.42, 0.5], atol=1e-6)


def test_the_ball_holds_what_unclipped_does_not():
    many = np.tile(X[:1], (500, 1))
    keys = random.image_keys((5, 0), np.arange(500))
    farthest = {}
    for noise in ("ball", "unclipped"):
        found = FastTraining("linf", 0.1, noise=noise).perturb(
            ops.convert_to_tensor(many), lambda x: 0.0 * x + SLOPE, keys
        )
        delta = ops.convert_to_numpy(found) - many
        farthest[noise] = np.abs(delta).max(axis=0)
        # Along the gradient, the mean of the start is the step.
        if noise == "unclipped":
            assert abs(delta[:, 0].mean() - 0.1) < 0.02
    np.testing.assert_allclose(farthest["ball"][:2], 0.1, atol=1e-6)
    assert farthest["ball"][2] <= 0.1
    # 2 eps of noise, and a step of eps.
    assert 0.28 < farthest["unclipped"][0] <= 0.3
    assert 0.18 < farthest["unclipped"][2] <= 0.2


@pytest.mark.parametrize("noise", ["ball", "unclipped", None])
def test_the_range_of_the_input_is_kept(noise):
    moved = perturb(FastTraining("linf", 0.4, noise=noise), -SLOPE)
    assert moved.min() >= 0.0
    assert moved.max() <= 1.0


def test_serialization():
    adversary = FastTraining("l2", 1, noise=None, bounds=[-1, 1], seed=3)
    config = keras.saving.serialize_keras_object(adversary)
    assert keras.saving.deserialize_keras_object(config) == adversary
    assert adversary.bounds == (-1.0, 1.0)
    with pytest.raises(AttributeError):
        adversary.eps = 2.0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"norm": "l1"}, "`norm` must be one of"),
        ({"eps": -1.0}, "`eps` must be finite and not negative"),
        ({"eps": 8.0}, "`eps` must not be larger than the range"),
        ({"noise": "gauss"}, "`noise` must be one of"),
        ({"step_size": -0.1}, "`step_size` must be a finite number"),
        ({"bounds": (1, 0)}, "`bounds` must be two finite numbers"),
    ],
)
def test_bad_input(options, message):
    with pytest.raises(ValueError, match=message):
        FastTraining(**options)
