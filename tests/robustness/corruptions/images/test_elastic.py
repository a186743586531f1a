import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import elastic
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import compare_statistics
from tests.robustness.corruptions.pictures import compiled
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def affine(image, moves):
    """OpenCV's warpAffine with three point pairs, through SciPy."""
    height, width = image.shape[:2]
    center = np.array([height // 2, width // 2])
    side = min(height, width) // 3
    points = center + side * np.array([[1, 1], [1, -1], [-1, -1]])
    system = np.concatenate([points, np.ones((3, 1))], axis=1)
    # Rows of the 2 x 3 matrix that maps (x, y, 1) to the moved point.
    matrix = np.linalg.solve(system, points + moves).T
    inverse = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))
    y, x = np.mgrid[:height, :width]
    source = inverse @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    return sampled(image, source[1], source[0], "mirror")


def sampled(image, rows, columns, mode):
    points = np.stack([rows.ravel(), columns.ravel()])
    planes = [
        scipy.ndimage.map_coordinates(
            image[..., channel], points, order=1, mode=mode
        )
        for channel in range(image.shape[-1])
    ]
    return np.stack(planes, -1).reshape(image.shape)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_equals_the_original_on_the_same_numbers(variant, severity):
    size = 48 if variant == "imagenet-c" else 32
    row = registry.corruption("elastic_transform").parameters_at(
        severity, variant
    )
    alpha, sigma, jitter = row
    x = pictures(2, size, size).astype("float32")
    result = compiled(elastic.elastic_transform, x, *row)
    moves = ops.convert_to_numpy(random.uniform(keys(2), (3, 2), 0))
    noise = random.uniform(keys(2), (size, size, 2), 1)
    noise = 2 * ops.convert_to_numpy(noise) - 1
    y, w = np.mgrid[:size, :size]
    for index in range(2):
        image = affine(
            x[index].astype("float64"), jitter * (2 * moves[index] - 1)
        )
        down, right = (
            alpha
            * scipy.ndimage.gaussian_filter(
                noise[index, ..., axis].astype("float64"),
                sigma,
                mode="reflect",
                truncate=3,
            )
            for axis in (0, 1)
        )
        expected = sampled(image, y + down, w + right, "reflect")
        # At severity 1 pixels move by up to 7 places; float32 blurs edges.
        np.testing.assert_allclose(result[index], expected, atol=1)
        assert np.abs(result[index] - expected).mean() < 0.05


def test_rectangles_and_gray_images():
    x = pictures(1, 24, 36, 1).astype("float32")
    moves = np.array([[[1.0, -2.0], [0.5, 1.5], [-1.0, 0.0]]], "float32")
    result = elastic.warp_affine(
        ops.convert_to_tensor(x), ops.convert_to_tensor(moves)
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(result)[0],
        affine(x[0].astype("float64"), moves[0]),
        atol=0.1,
    )


@pytest.mark.parametrize("mode", ["reflect", "symmetric"])
def test_fold_against_numpy(mode):
    places = np.arange(-12, 17)
    expected = np.pad(np.arange(5), 12, mode=mode)
    result = elastic._fold(ops.convert_to_tensor(places), 5, mode)
    np.testing.assert_array_equal(ops.convert_to_numpy(result), expected)


# Mean and standard error over 100 seeds of tensorflow-datasets 4.9.10 on the
# same image: level, spread of levels, mean change. TFDS rounds, the originals
# cut off, so half a level was taken off.
ORIGINALS = {
    1: ((132.829, 0.121), (33.624, 0.069), (20.717, 0.421)),
    3: ((132.795, 0.022), (33.701, 0.015), (7.110, 0.078)),
}


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "severity", [pytest.param(1, marks=pytest.mark.slow), 3]
)
def test_statistics_over_seeds_are_those_of_the_original(severity):
    compare_statistics("elastic_transform", severity, ORIGINALS[severity])
