"""Models that the tests train against an adversary."""

import keras
import numpy as np
from keras import ops

import keras_ceb
from keras_ceb._src.adversarial import trades
from keras_ceb.schedules import Anneal
from tests import toy

EPS = 0.1


def images():
    x, y = toy.data(32)
    return (x - x.min()) / (x.max() - x.min()), y


def build(adversary=None, optimizer=None, **options):
    """A model with BatchNorm and dropout, which the attack must not touch."""
    backbone = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(
                8, kernel_initializer=keras.initializers.GlorotUniform(seed=3)
            ),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.2, seed=4),
        ]
    )
    options.setdefault("rho", Anneal(1.0, steps=4, start=3.0))
    model = keras_ceb.wrap(backbone, 3, seed=0, **options)
    model.compile(optimizer or keras.optimizers.SGD(0.1), adversary=adversary)
    return model


def train(model, x, y, epochs=1, batch_size=32):
    return model.fit(x, y, batch_size, epochs=epochs, shuffle=False, verbose=0)


def state(model):
    return [ops.convert_to_numpy(v) for v in model.variables]


def assert_same_state(one, other):
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def constant_start(monkeypatch):
    """The noise that TRADES starts from is 1 everywhere."""
    monkeypatch.setattr(
        trades.random,
        "normal",
        lambda keys, shape: ops.ones((ops.shape(keys)[0], *shape)),
    )
