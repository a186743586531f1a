"""Small models and data that the tests share."""

import keras
import numpy as np
from keras import ops

import keras_ceb
from keras_ceb import schedules

NUM_CLASSES = 3
FEATURES = 4
# All that `wrap` can learn of an encoder and a marginal.
FAMILY = {
    "classifier": "consistent",
    "covariance": "full",
    "components": 2,
}


def backbone(features=FEATURES, inputs=5, seed=0):
    """One dense layer: small enough for algebra by hand."""
    return keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(
                features,
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
            ),
        ],
        name="toy",
    )


def data(examples=12, inputs=5, num_classes=NUM_CLASSES, seed=0):
    """Inputs that a linear classifier can tell apart."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, num_classes, examples)
    centers = np.random.default_rng(99).normal(size=(num_classes, inputs))
    x = 2.0 * centers[y] + 0.3 * rng.normal(size=(examples, inputs))
    return x.astype("float32"), y


def model(rho=1.0, compile=True, optimizer=None, eagerly=False, **options):
    """A compiled CEB model with a constant rho, on the toy backbone.

    With `eagerly`, a few steps take a fraction of the time that compiling one
    would: for tests of what is around the step.
    """
    if not isinstance(rho, schedules.Schedule):
        rho = schedules.Constant(rho)
    options.setdefault("seed", 0)
    model = keras_ceb.wrap(backbone(), NUM_CLASSES, rho=rho, **options)
    if compile:
        model.compile(
            optimizer or "sgd", metrics=["accuracy"], run_eagerly=eagerly
        )
    return model


def strategy(replicas=2):
    """A strategy of some of the logical CPUs of `conftest.py`."""
    import tensorflow as tf

    # Collectives, the default, number their operations from 100 in every new
    # strategy, so that two strategies in one process take each other's. The
    # test of two processes runs them.
    return tf.distribute.MirroredStrategy(
        [f"CPU:{index}" for index in range(replicas)],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def adversary(noise="ball"):
    """One gradient step, in a range that holds the toy data."""
    return keras_ceb.adversarial.FastTraining(
        "linf", 0.1, noise, bounds=(-10, 10), seed=0
    )


def switch_off_noise(model):
    """Replaces the noise of the encoder by zeros."""
    model.encoder.noise = keras.ops.zeros_like
    return model


class Record(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.logs = []

    def on_train_batch_end(self, batch, logs=None):
        self.logs.append({k: float(v) for k, v in logs.items()})


def named_weights(model):
    """Weights by the paper's symbols."""
    weights = {
        "kernel": model.backbone.layers[0].kernel,
        "bias": model.backbone.layers[0].bias,
    }
    if model.marginal is not None:
        weights["mu"] = model.marginal.means
    if isinstance(model.classifier, keras.layers.Dense):
        weights["w"] = model.classifier.kernel
        weights["b"] = model.classifier.bias
    return weights


def values(weights):
    """The weights as float64 arrays, by the same symbols."""
    return {
        name: ops.convert_to_numpy(weight).astype("float64")
        for name, weight in weights.items()
    }
