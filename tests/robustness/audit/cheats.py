"""Models that hide their gradients, for the tests of the audit."""

import keras
from keras import ops

from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.classifier import as_classifier


class Noise(keras.layers.Layer):
    """Noise at test time."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, x):
        noise = keras.random.normal(ops.shape(x), seed=self.seed_generator)
        return x + 0.3 * noise


CHEATS = {
    "honest": lambda model, x: model(x),
    "temperature": lambda model, x: 200.0 * model(x),
    "quantized": lambda model, x: model(ops.round(8.0 * x) / 8.0),
    "shattered": lambda model, x: model(x + 0.02 * ops.sin(2000.0 * x)),
    "saturated": lambda model, x: 30.0 * ops.tanh(100.0 * model(x)),
    "noise": lambda model, x: model(Noise()(x)),
}


def sample_of(digits, cheat, norm="linf", eps=0.1):
    model, x, y = digits
    inputs = keras.Input(x.shape[1:])
    outputs = CHEATS[cheat](model, inputs)
    model = keras.Model(inputs, outputs)
    return Sample(as_classifier(model), x, y, norm, eps)
