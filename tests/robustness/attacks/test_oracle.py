import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.model_function import ModelFunction


class Noise(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seed_generator)


def test_oracle_averages_over_draws():
    inputs = keras.Input((4,))
    noisy = keras.Model(inputs, Noise()(inputs))
    function = ModelFunction(noisy)
    oracle = Oracle(function, function.values(), 5, samples=400)
    x = ops.convert_to_tensor(np.ones((2, 4), "float32"))
    mean = ops.convert_to_numpy(oracle.logits(x, 0))
    np.testing.assert_allclose(mean, 1.0, atol=0.25)
    loss, _, gradient = oracle.gradient(
        x, 0, lambda logits: ops.sum(logits**2, axis=1)
    )
    # d/dx (x + noise)^2 has mean 2 x.
    gradient = ops.convert_to_numpy(gradient)
    np.testing.assert_allclose(gradient, 2.0, atol=0.5)
    np.testing.assert_allclose(ops.convert_to_numpy(loss), 8.0, atol=1.5)
