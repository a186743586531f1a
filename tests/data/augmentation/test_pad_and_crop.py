"""Random crops of padded images."""

import numpy as np
import pytest

from keras_ceb import data
from tests.data.augmentation.test_auto_augment import keys


def test_every_crop_is_a_window_and_all_but_the_last_are_drawn():
    image = np.random.default_rng(0).integers(1, 256, (6, 7, 3))
    padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
    windows = {
        padded[i : i + 6, j : j + 7].astype("uint8").tobytes(): (i, j)
        for i in range(5)
        for j in range(5)
    }
    images = np.stack([image.astype("uint8")] * 400)
    crops = np.asarray(data.PadAndCrop(2).augment(images, keys(400)))
    drawn = {windows[crop.tobytes()] for crop in crops}
    assert drawn == {(i, j) for i in range(4) for j in range(4)}


def test_color_of_the_padding():
    images = np.zeros((50, 4, 4, 3), "uint8")
    crops = np.asarray(
        data.PadAndCrop(3, (10, 20.6, 30)).augment(images, keys(50))
    )
    colors = {tuple(c) for c in crops.reshape(-1, 3)}
    assert colors == {(0, 0, 0), (10, 21, 30)}


def test_bad_arguments():
    with pytest.raises(ValueError, match="`padding`.*0"):
        data.PadAndCrop(0)
    with pytest.raises(ValueError, match="`fill_value`.*-1"):
        data.PadAndCrop(4, -1)
