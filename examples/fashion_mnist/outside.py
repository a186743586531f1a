"""Images that are not of Fashion-MNIST."""

import keras
import numpy as np


def sets(images):
    """Other images of the same size, 0 to 1, by name.

    Args:
        images: Of the test set, `[n, side, side, 1]`, 0 to 1.

    Returns:
        The same images inverted, and rotated by a quarter turn; as many of
        uniform noise; and scikit-learn's handwritten digits, enlarged.
    """
    noise = np.random.default_rng(0).random(images.shape, "float32")
    return {
        "inverted": 1.0 - images,
        "rotated": np.rot90(images, axes=(1, 2)).copy(),
        "noise": noise,
        "digits": digits(images.shape[1]),
    }


def digits(side):
    """The 1797 handwritten digits of scikit-learn, `[n, side, side, 1]`."""
    from sklearn.datasets import load_digits

    small = load_digits().images.astype("float32")[..., None] / 16
    large = keras.ops.image.resize(
        small, (side, side), "bilinear", data_format="channels_last"
    )
    return keras.ops.convert_to_numpy(large)
