import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images import weather
from tests.robustness.corruptions.images.test_motion import (
    reference as motion_blur,
)
from tests.robustness.corruptions.pictures import compare_statistics
from tests.robustness.corruptions.pictures import compiled
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def run(function, x, *row):
    return compiled(function, x.astype("float32"), *row)


def diamond_square(size, decay, draw):
    """The fractal point by point, with noise `draw(round, kind, i, j)`."""
    grid = np.zeros((size, size))
    step, wibble, count = size, 100.0, 0
    while step > 1:
        half, side = step // 2, size // step

        def noise(kind, i, j, count=count, wibble=wibble):
            return wibble * (2 * draw(count, kind, i, j) - 1) * wibble

        def at(i, j):
            return grid[i % size, j % size]

        for i in range(side):
            for j in range(side):
                y, x = i * step, j * step
                corners = at(y, x) + at(y + step, x) + at(y, x + step)
                corners += at(y + step, x + step)
                grid[y + half, x + half] = corners / 4 + noise(0, i, j)
        for i in range(side):
            for j in range(side):
                y, x = i * step, j * step
                top = at(y, x) + at(y, x + step)
                top += at(y + half, x + half) + at(y - half, x + half)
                grid[y, x + half] = top / 4 + noise(1, i, j)
                left = at(y, x) + at(y + step, x)
                left += at(y + half, x + half) + at(y + half, x - half)
                grid[y + half, x] = left / 4 + noise(2, i, j)
        step, wibble, count = half, wibble / decay, count + 1
    grid -= grid.min()
    return grid / grid.max()


@pytest.mark.parametrize("decay", [1.4, 3])
def test_plasma_equals_the_pointwise_algorithm(decay):
    image_keys = keys(2)
    numbers = ops.convert_to_numpy(random.uniform(image_keys, (255,)))
    draws = [
        part.reshape(2, 3, n, n)
        for part, n in zip(
            np.split(numbers, [3, 15, 63], axis=1), (1, 2, 4, 8), strict=True
        )
    ]
    result = ops.convert_to_numpy(weather.plasma(image_keys, 16, decay))
    for index in range(2):
        expected = diamond_square(
            16, decay, lambda r, k, i, j, index=index: draws[r][index, k, i, j]
        )
        np.testing.assert_allclose(result[index], expected, atol=1e-5)


def test_fog_keeps_the_brightest_level():
    x = pictures(2, 24, 24)
    result = run(weather.fog, x, 1.5, 2)
    cloud = ops.convert_to_numpy(weather.plasma(keys(2), 32, 2))
    cloud = cloud[:, :24, :24, None]
    brightest = x.max(axis=(1, 2, 3), keepdims=True) / 255
    expected = (x / 255 + 1.5 * cloud) * brightest / (brightest + 1.5)
    np.testing.assert_allclose(result, 255 * expected, atol=1e-2)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    ("variant", "severity"),
    [
        ("imagenet-c", 4),
        ("cifar10-c", 1),
        pytest.param("imagenet-c", 1, marks=pytest.mark.slow),
        pytest.param("cifar10-c", 5, marks=pytest.mark.slow),
    ],
)
def test_snow_equals_the_original_on_the_same_numbers(variant, severity):
    row = registry.corruption("snow").parameters_at(severity, variant)
    mean, scale, zoom, threshold, radius, sigma, mix = row
    x = pictures(2, 36, 36)
    result = run(weather.snow, x, *row)
    # Draw only what the zoom shows, and put it where the zoom reads.
    crop = int(np.ceil(36 / zoom))
    top = (36 - crop) // 2
    trim = (int(round(crop * zoom)) - 36) // 2
    places = (
        np.arange(trim, trim + 36) * (crop - 1) / (int(round(crop * zoom)) - 1)
    )
    low = min(int(places[0]), crop - 2)
    high = min(int(places[-1]), crop - 2) + 2
    noise = random.normal(keys(2), (high - low, high - low), 0)
    noise = ops.convert_to_numpy(noise) * scale + mean
    angle = 90 * ops.convert_to_numpy(random.uniform(keys(2), (), 1)) - 135
    for index in range(2):
        layer = np.zeros((crop, crop))
        layer[low:high, low:high] = noise[index]
        layer = scipy.ndimage.zoom(layer, zoom, order=1)
        layer = layer[trim : trim + 36, trim : trim + 36]
        assert top >= 0 and layer.shape == (36, 36)
        layer[layer < threshold] = 0
        layer = np.uint8(255 * np.clip(layer, 0, 1))[..., None]
        layer = np.round(motion_blur(layer, angle[index], radius, sigma)) / 255
        image = x[index] / 255
        gray = image @ np.array([0.299, 0.587, 0.114])
        white = np.maximum(image, gray[..., None] * 1.5 + 0.5)
        expected = mix * image + (1 - mix) * white
        expected = expected + layer + np.rot90(layer, 2)
        # A flake's level may round the other way in float32: one level.
        np.testing.assert_allclose(result[index], 255 * expected, atol=2.1)
        assert np.mean(np.abs(result[index] - 255 * expected) > 0.05) < 0.02


@pytest.mark.slow_on_tensorflow
def test_snow_on_gray_images():
    x = pictures(1, 20, 20, 1)
    row = registry.corruption("snow").parameters_at(1, "cifar10-c")
    gray = run(weather.snow, x, *row)
    color = run(weather.snow, np.repeat(x, 3, -1), *row)
    np.testing.assert_allclose(gray, color[..., :1], atol=1e-2)


# Mean and standard error over 100 seeds of imagecorruptions-imaug 1.1.5 on
# the same image: level, spread of levels, mean change.
ORIGINALS = {
    ("fog", 1): ((123.070, 1.349), (24.754, 0.348), (27.896, 0.494)),
    ("fog", 5): ((120.560, 1.123), (33.204, 0.390), (36.431, 0.456)),
    ("snow", 1): ((178.275, 0.049), (35.365, 0.028), (44.959, 0.049)),
    ("snow", 5): ((236.145, 0.071), (23.953, 0.045), (102.828, 0.071)),
}


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    ("name", "severity"),
    [
        case if case[1] == 1 else pytest.param(*case, marks=pytest.mark.slow)
        for case in ORIGINALS
    ],
)
def test_statistics_over_seeds_are_those_of_the_original(name, severity):
    compare_statistics(name, severity, ORIGINALS[name, severity])
