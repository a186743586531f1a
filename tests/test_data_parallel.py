"""`keras.distribution` on JAX: one device or eight, the same training."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "jax", reason="needs the JAX backend"
)

TRAIN = """
import json, sys
import jax
import keras
import numpy as np

import keras_ceb
from keras_ceb import schedules
from tests import toy

devices, noise, network = int(sys.argv[1]), sys.argv[2] == "noise", sys.argv[3]
assert len(jax.devices()) == devices
if devices > 1:
    keras.distribution.set_distribution(keras.distribution.DataParallel())
keras.utils.set_random_seed(0)
x, y = toy.data(32)
schedule = schedules.JumpStart(
    1.0, 2, warmup_epochs=0, anneal_epochs=1, threshold=0.01
)
if network == "family":
    model = toy.model(schedule, **toy.FAMILY)
elif network == "toy":
    model = toy.model(schedule)
    if noise:
        adversary = toy.adversary()
        model.compile("sgd", metrics=["accuracy"], adversary=adversary)
else:
    x = np.random.default_rng(0).normal(size=(32, 32, 32, 3)).astype("float32")
    backbone = keras_ceb.backbones.ResNet(
        14, 1 / 8, input_shape=(32, 32, 3), seed=0
    )
    model = keras_ceb.wrap(
        backbone, 3, rho=schedule, weight_decay=1e-4, seed=0
    )
    optimizer = keras.optimizers.SGD(1e-3, momentum=0.9, nesterov=True)
    model.compile(optimizer, metrics=["accuracy"])
if not noise:
    toy.switch_off_noise(model)
history = model.fit(
    x, y, batch_size=16, epochs=2, shuffle=False, verbose=0
).history
draw = model.encoder(np.zeros((8, toy.FEATURES), "float32"), training=True)
print(json.dumps({
    "history": history,
    "weights": [w.tolist() for w in model.get_weights()],
    "draw": np.asarray(draw).tolist(),
}))
"""


def train(devices, noise, network="toy"):
    flags = f"--xla_force_host_platform_device_count={devices}"
    output = subprocess.run(
        [sys.executable, "-c", TRAIN, str(devices), noise, network],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={
            **os.environ,
            "XLA_FLAGS": flags,
            "PYTHONPATH": os.pathsep.join(sys.path),
        },
    ).stdout
    return json.loads(output.splitlines()[-1])


def compare(one, eight, rtol, atol):
    for name, expected in one["history"].items():
        np.testing.assert_allclose(
            eight["history"][name], expected, rtol=rtol, err_msg=name
        )
    for a, b in zip(eight["weights"], one["weights"], strict=True):
        np.testing.assert_allclose(a, b, atol=atol)


@pytest.mark.parametrize(
    "noise", [pytest.param("silent", marks=pytest.mark.slow), "noise"]
)
def test_the_same_training_on_eight_devices(noise):
    # The noise too, and the starts of the attack on the batch: both are drawn
    # for the global batch.
    one, eight = train(1, noise), train(8, noise)
    compare(one, eight, rtol=1e-5, atol=1e-6)
    if noise == "noise":
        # Each of the eight devices has one of the eight rows; all differ.
        assert len(np.unique(np.asarray(eight["draw"])[:, 0])) == 8


@pytest.mark.slow
def test_learned_covariances_train_on_eight_devices_as_on_one():
    one, eight = (train(n, "noise", "family") for n in (1, 8))
    compare(one, eight, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
def test_a_resnet_trains_on_eight_devices_as_on_one():
    # BatchNorm too, whose moments are those of the global batch.
    one, eight = (train(n, "silent", "resnet") for n in (1, 8))
    compare(one, eight, rtol=1e-4, atol=1e-4)
