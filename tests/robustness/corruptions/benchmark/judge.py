"""A classifier whose errors under a corruption can be computed by hand."""

import keras
import numpy as np

from tests.robustness.corruptions.pictures import pictures


def brightness_judge(side=16, channels=3):
    """A classifier that says 1 where the mean of an image is above 0.35."""
    model = keras.Sequential(
        [
            keras.Input((side, side, channels)),
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    size = side * side * channels
    kernel = np.zeros((size, 2), "float32")
    kernel[:, 1] = 100 / size
    model.layers[-1].set_weights([kernel, np.array([0, -35], "float32")])
    return model


def dark_and_bright(count=20, side=16):
    x = pictures(count, side, side) // 4
    x[count // 2 :] += 150
    return (x / 255).astype("float32"), np.repeat([0, 1], count // 2)
