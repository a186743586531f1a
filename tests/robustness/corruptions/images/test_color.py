import colorsys

import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.corruptions.images import color
from tests.robustness.corruptions.pictures import pictures


def images():
    x = pictures(2, 12, 14)
    # Gray, black and pure colors, where HSV has its corners.
    x[0, 0, :6] = [
        [0, 0, 0],
        [9, 9, 9],
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
        [255, 255, 255],
    ]
    return x


def through_hsv(x, change):
    result = np.empty(x.shape)
    for place in np.ndindex(x.shape[:3]):
        hsv = colorsys.rgb_to_hsv(*(x[place] / 255))
        result[place] = colorsys.hsv_to_rgb(*change(*hsv))
    return result * 255


def run(function, x, *row):
    x = ops.convert_to_tensor(x.astype("float32"))
    return ops.convert_to_numpy(function(x, None, *row))


@pytest.mark.parametrize("amount", [0.1, 0.5])
def test_brightness_against_hsv(amount):
    x = images()
    expected = through_hsv(x, lambda h, s, v: (h, s, min(v + amount, 1)))
    np.testing.assert_allclose(
        run(color.brightness, x, amount), expected, atol=1e-2
    )


@pytest.mark.parametrize("row", [(0.3, 0), (5, 0.1), (20, 0.2)])
def test_saturate_against_hsv(row):
    x = images()
    expected = through_hsv(
        x, lambda h, s, v: (h, min(max(s * row[0] + row[1], 0), 1), v)
    )
    np.testing.assert_allclose(
        run(color.saturate, x, *row), expected, atol=1e-2
    )


def test_brightness_of_gray_images_adds():
    x = pictures(1, 8, 8, 1)
    expected = np.minimum(x + 255 * 0.2, 255)
    np.testing.assert_allclose(
        run(color.brightness, x, 0.2), expected, atol=1e-3
    )


def test_contrast_against_numpy():
    x = images().astype("float64")
    mean = x.mean(axis=(1, 2), keepdims=True)
    np.testing.assert_allclose(
        run(color.contrast, x, 0.3), (x - mean) * 0.3 + mean, atol=1e-2
    )
