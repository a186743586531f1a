"""A saved model and images for the commands."""

import keras
import numpy as np
import pytest


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """A saved model of four colors, and 40 pictures of them as .npz."""
    folder = tmp_path_factory.mktemp("cli")
    rng = np.random.default_rng(0)
    y = np.arange(40) % 4
    tones = np.array([[200, 40, 40], [40, 200, 40], [40, 40, 200], [40] * 3])
    x = tones[y][:, None, None] + rng.integers(-30, 30, (40, 6, 6, 3))
    np.savez(folder / "data.npz", x=x.astype("uint8"), y=y)
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((6, 6, 3)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(4),
        ]
    )
    weights = np.array(
        [[4, -2, -2, -1], [-2, 4, -2, -1], [-2, -2, 4, -1]], "float32"
    )
    model.set_weights([weights, np.array([0, 0, 0, 1], "float32")])
    model.save(folder / "model.keras")
    return folder
