import keras
import numpy as np
import pytest

from keras_ceb._src.robustness.certify.deterministic import check_deterministic
from keras_ceb.robustness import Classifier

X = np.linspace(0, 1, 8, dtype="float32").reshape(4, 2)


class Noisy(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(1)

    def call(self, x):
        return x + keras.random.normal((1, 2), seed=self.seed_generator)


def classifier(*layers):
    return Classifier(keras.Sequential([keras.Input((2,)), *layers]))


def test_dropout_is_off_at_test_time():
    layers = keras.layers.Dense(3), keras.layers.Dropout(0.5)
    check_deterministic(classifier(*layers), X)


def test_noise_at_test_time_is_an_error():
    with pytest.raises(ValueError, match="`model` must be deterministic"):
        check_deterministic(classifier(Noisy()), X)
