import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import glass
from keras_ceb._src.robustness.corruptions.images import names
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corrupt import corrupt
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def walk(image, offsets, reach):
    """The original's sequential exchange, on NumPy rows."""
    image = image.copy()
    height, width = image.shape[:2]
    for h in range(height - reach, reach, -1):
        for w in range(width - reach, reach, -1):
            down, right = offsets[h, w]
            there = (h + down, w + right)
            image[h, w], image[there] = image[there], image[h, w]
    return image


@pytest.mark.parametrize("reach", [1, 2, 4])
@pytest.mark.parametrize("walks", [1, 3])
def test_move_pixels_equals_the_sequential_walk(reach, walks):
    x = pictures(2, 18, 22)
    rng = np.random.default_rng(reach)
    offsets = [
        rng.integers(-reach, reach, (2, 18, 22, 2)).astype("int32")
        for _ in range(walks)
    ]
    expected = x.copy()
    for index in range(2):
        for step in offsets:
            expected[index] = walk(expected[index], step[index], reach)
    result = glass.move_pixels(
        ops.convert_to_tensor(x),
        [ops.convert_to_tensor(step) for step in offsets],
        reach,
    )
    np.testing.assert_array_equal(ops.convert_to_numpy(result), expected)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    ("variant", "severity"),
    [
        ("imagenet-c", 5),
        ("cifar10-c", 1),
        pytest.param("imagenet-c", 1, marks=pytest.mark.slow),
        pytest.param("cifar10-c", 5, marks=pytest.mark.slow),
    ],
)
def test_the_whole_corruption_equals_the_original(variant, severity):
    x = pictures(2, 40, 48)
    sigma, reach, walks = registry.corruption("glass_blur").parameters_at(
        severity, variant
    )
    result = corrupt(x, "glass_blur", severity, seed=7, variant=variant)
    salt = 8 * names.CORRUPTIONS.index("glass_blur") + severity
    image_keys = keys(2, 7, salt)
    for index in range(2):
        image = scipy.ndimage.gaussian_filter(
            x[index] / 255.0, (sigma, sigma, 0), mode="nearest", truncate=4
        )
        image = np.uint8(image * 255)
        for step in range(walks):
            draw = ops.convert_to_numpy(
                random.uniform(image_keys, (40, 48, 2), step)
            )[index]
            offsets = np.floor(draw * 2 * reach).astype("int32") - reach
            assert offsets.min() == -reach
            assert offsets.max() == reach - 1
            image = walk(image, offsets, reach)
        image = scipy.ndimage.gaussian_filter(
            image / 255.0, (sigma, sigma, 0), mode="nearest", truncate=4
        )
        expected = np.uint8(np.clip(image, 0, 1) * 255)
        np.testing.assert_array_equal(result[index], expected)
