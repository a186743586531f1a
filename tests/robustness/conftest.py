"""Small trained classifiers that the tests of attacks share."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits


def _train(images, labels, epochs=6):
    model = keras.Sequential(
        [
            keras.Input(images.shape[1:]),
            keras.layers.Conv2D(16, 3, activation="relu"),
            keras.layers.Conv2D(16, 3, strides=2, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    model.compile(
        keras.optimizers.Adam(3e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.fit(images, labels, batch_size=64, epochs=epochs, verbose=0)
    return model


@pytest.fixture(scope="session")
def digits_data():
    images, labels = load_digits(return_X_y=True)
    images = (images / 16.0).reshape(-1, 8, 8, 1).astype("float32")
    return images, labels.astype("int32")


@pytest.fixture(scope="session")
def digits(digits_data):
    """A trained model of 8x8 digits, and 128 images that it did not see."""
    keras.utils.set_random_seed(1)
    images, labels = digits_data
    # PyTorch's initial values take longer to be as accurate.
    epochs = 15 if keras.config.backend() == "torch" else 6
    model = _train(images[:1400], labels[:1400], epochs)
    return model, images[1400:1528], labels[1400:1528]


@pytest.fixture
def linear():
    """Makes a linear classifier: its attacks have closed forms."""

    def make(weights, bias=None, shape=None):
        weights = np.asarray(weights, "float32")
        inputs = keras.Input(shape or (weights.shape[0],))
        dense = keras.layers.Dense(weights.shape[1])
        model = keras.Model(inputs, dense(keras.layers.Flatten()(inputs)))
        if bias is None:
            bias = np.zeros(weights.shape[1])
        dense.set_weights([weights, np.asarray(bias, "float32")])
        return model

    return make


@pytest.fixture
def accuracy():
    """The share of inputs that a model gets right."""

    def measure(model, x, y):
        logits = model.predict(np.asarray(x), verbose=0)
        return float(np.mean(logits.argmax(axis=1) == np.asarray(y)))

    return measure
