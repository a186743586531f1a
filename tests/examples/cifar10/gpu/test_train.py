"""A model that is trained in two calls is the one of a single call."""

import dataclasses

import keras
import numpy as np
import pytest

if keras.config.backend() != "jax":
    pytest.skip("needs the JAX backend", allow_module_level=True)

from keras import ops

from examples.cifar10.gpu import measure
from examples.cifar10.gpu import settings
from examples.cifar10.gpu import train
from examples.cifar10.gpu.batches import Batches
from examples.cifar10.gpu.clock import Clock
from examples.common import evaluator

SETTINGS = dataclasses.replace(settings.preset("smoke"), checkpoint_every=9)
ROW = settings.Row("preact", True, "cceb_4")
RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (16, 8, 8, 3), dtype="uint8")
LABELS = np.arange(16, dtype="int32") % 10


def run(folder, clock):
    batches = Batches(IMAGES, LABELS, 8, 0)
    model = train.build(ROW, SETTINGS, (8, 8, 3), 4)
    done, _ = train.train(model, batches, SETTINGS, 2, folder, clock)
    return done, model


def test_in_two_calls(tmp_path):
    done, straight = run(tmp_path / "straight", Clock(tmp_path, 60))
    assert done == 2
    killed = tmp_path / "killed"
    done, _ = run(killed, Clock(tmp_path, 0.0))
    assert done == 1
    done, resumed = run(killed, Clock(tmp_path, 60))
    assert done == 2
    for a, b in zip(straight.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(
            ops.convert_to_numpy(a), ops.convert_to_numpy(b)
        )

    # The model that is attacked is the same function.
    x = IMAGES.astype("float32") / 255
    target = measure.evaluator("preact", SETTINGS, (8, 8, 3))
    evaluator.transfer(straight, target)
    expected = ops.convert_to_numpy(straight(x))
    found = ops.convert_to_numpy(target(x))
    # The classes have the same prior, so the logits are the same.
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
