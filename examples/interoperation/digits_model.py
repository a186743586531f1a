"""A small CEB classifier of handwritten digits, for the attacks here."""

import keras
from sklearn.datasets import load_digits

import keras_ceb


def trained_digits_model(epochs=15, test_size=200):
    """Returns a trained model, and images and labels that it did not see."""
    images, labels = load_digits(return_X_y=True)
    images = (images / 16).reshape(-1, 8, 8, 1).astype("float32")
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(32, 3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(32),
        ]
    )
    model = keras_ceb.wrap(backbone, num_classes=10, rho=2.0)
    model.compile(keras.optimizers.Adam(3e-3))
    model.fit(
        images[:-test_size],
        labels[:-test_size],
        batch_size=64,
        epochs=epochs,
        verbose=0,
    )
    return model, images[-test_size:], labels[-test_size:]
