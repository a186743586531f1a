"""The head never forms a `[batch, num_classes, z_dim]` tensor."""

import pathlib
import subprocess
import sys

import pytest

BATCH, CLASSES, Z_DIM = 1024, 1000, 2048
LIMITS = {"unit": 100e6, "diagonal": 150e6}
# What the obvious broadcast would take, 8.4 GB.
assert BATCH * CLASSES * Z_DIM * 4 > 50 * max(LIMITS.values())

# Forward and backward through the head alone, under a backbone that costs
# nothing; prints by how much memory peaked over what was there before.
MEASURE = """
import re, sys
import keras
import numpy as np
import keras_ceb
from keras_ceb import schedules
from keras_ceb._src import backend

batch, classes, z_dim = map(int, sys.argv[1:4])
classifier, covariance = sys.argv[4:]
keras.utils.set_random_seed(0)
backbone = keras.Sequential(
    [keras.Input((z_dim,)), keras.layers.Activation("linear")]
)
model = keras_ceb.wrap(
    backbone,
    classes,
    classifier=classifier,
    covariance=covariance,
    rho=schedules.Constant(1.0),
)
x = np.random.default_rng(0).normal(size=(batch, z_dim)).astype("float32")
y = np.arange(batch) % classes


def status(field):
    text = open("/proc/self/status").read()
    return int(re.search(field + r":\\s+(\\d+)", text).group(1)) * 1024


if keras.config.backend() == "torch":
    model.compute_loss(x[:2], y[:2]).backward()
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    before = status("VmRSS")
    model.compute_loss(x, y).backward()
    print(status("VmHWM") - before)
elif keras.config.backend() == "tensorflow":
    import tensorflow as tf

    @tf.function
    def gradients(x, y):
        with tf.GradientTape() as tape:
            loss = model.compute_loss(x, y)
        return tape.gradient(loss, model.trainable_variables)

    inputs = tf.constant(x), tf.constant(y)
    # Tracing and the thread pools first, on a batch of two.
    gradients(inputs[0][:2], inputs[1][:2])
    with open("/proc/self/clear_refs", "w") as f:
        f.write("5")
    before = status("VmRSS")
    result = gradients(*inputs)
    # The gradients themselves are as large as the weights.
    weights = sum(4 * int(np.prod(w.shape)) for w in model.trainable_weights)
    print(status("VmHWM") - before - weights)
else:
    import jax

    def loss(trainable, x, y):
        return model.stateless_compute_loss(
            trainable,
            [v.value for v in model.non_trainable_variables],
            [v.value for v in model.metrics_variables],
            x=x,
            y=y,
            y_pred=forward(trainable, x),
        )[0]

    def forward(trainable, x):
        return model.stateless_call(
            trainable,
            [v.value for v in model.non_trainable_variables],
            x,
            training=True,
        )[0]

    trainable = [v.value for v in model.trainable_variables]
    compiled = jax.jit(jax.grad(loss)).lower(trainable, x, y).compile()
    print(compiled.memory_analysis().temp_size_in_bytes)
"""


@pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(),
    reason="peak memory is read from Linux's /proc",
)
@pytest.mark.parametrize(
    "classifier,covariance",
    [
        pytest.param("linear", "unit", marks=pytest.mark.slow),
        ("consistent", "unit"),
        pytest.param("linear", "diagonal", marks=pytest.mark.slow),
        pytest.param("consistent", "diagonal", marks=pytest.mark.slow),
    ],
)
def test_peak_of_the_head(classifier, covariance):
    sizes = [str(size) for size in (BATCH, CLASSES, Z_DIM)]
    output = subprocess.run(
        [sys.executable, "-c", MEASURE, *sizes, classifier, covariance],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert int(output.split()[-1]) < LIMITS[covariance]
