import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness.model_function import ModelFunction


class Noise(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(3)

    def call(self, x):
        return x + keras.random.normal(ops.shape(x), seed=self.seed_generator)


@pytest.fixture
def noisy():
    inputs = keras.Input((4,))
    return keras.Model(inputs, Noise()(inputs))


def test_noise_is_a_function_of_seed_and_query(noisy):
    call = compiled.logits_function(ModelFunction(noisy), (4,))
    x = np.zeros((3, 4), "float32")

    def draw(seed, query):
        return ops.convert_to_numpy(call(x, seed, query))

    first = draw(1, 0)
    np.testing.assert_array_equal(draw(1, 0), first)
    assert np.abs(draw(1, 1) - first).min() > 0
    assert np.abs(draw(2, 0) - first).min() > 0


def test_functions_are_kept_for_a_model(noisy):
    call = compiled.logits_function(ModelFunction(noisy), (4,))
    assert compiled.logits_function(ModelFunction(noisy), (4,)) is call
    other = compiled.logits_function(
        ModelFunction(noisy, from_logits=False), (4,)
    )
    assert other is not call
