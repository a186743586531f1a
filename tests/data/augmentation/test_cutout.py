"""Squares of one color."""

import numpy as np
import pytest

from keras_ceb import data
from tests.data.augmentation.test_auto_augment import keys


def test_squares_have_any_pixel_for_center():
    height, width, half = 8, 10, 2
    expected = set()
    for y in range(height):
        for x in range(width):
            image = np.zeros((height, width, 1), "uint8")
            image[max(y - half, 0) : y + half, max(x - half, 0) : x + half] = 9
            expected.add(image.tobytes())
    images = np.zeros((1500, height, width, 1), "uint8")
    cut = np.asarray(data.Cutout(2 * half, 9).augment(images, keys(1500)))
    assert {image.tobytes() for image in cut} == expected


def test_bad_arguments():
    with pytest.raises(ValueError, match="`size`.*1"):
        data.Cutout(1)
