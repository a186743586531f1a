"""`keras.distribution` on JAX: one device or four, the same training."""

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

from keras_ceb import schedules
from tests import toy

devices, noise = int(sys.argv[1]), sys.argv[2] == "noise"
assert len(jax.devices()) == devices
if devices > 1:
    keras.distribution.set_distribution(keras.distribution.DataParallel())
keras.utils.set_random_seed(0)
x, y = toy.data(32)
schedule = schedules.JumpStart(
    1.0, 2, warmup_epochs=0, anneal_epochs=1, threshold=0.01
)
model = toy.model(schedule)
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


def train(devices, noise):
    flags = f"--xla_force_host_platform_device_count={devices}"
    output = subprocess.run(
        [sys.executable, "-c", TRAIN, str(devices), noise],
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


@pytest.mark.parametrize("noise", ["silent", "noise"])
def test_the_same_training_on_four_devices(noise):
    # The noise too: it is drawn for the global batch.
    one, four = train(1, noise), train(4, noise)
    for name, expected in one["history"].items():
        np.testing.assert_allclose(
            four["history"][name], expected, rtol=1e-5, err_msg=name
        )
    for a, b in zip(four["weights"], one["weights"], strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    if noise == "noise":
        # Each of the four devices has two of the eight rows; all differ.
        assert len(np.unique(np.asarray(four["draw"])[:, 0])) == 8
