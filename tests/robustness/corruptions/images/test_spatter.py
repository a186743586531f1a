import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images import spatter
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import compiled
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def run(x, *row):
    return compiled(spatter.spatter, np.asarray(x, "float32"), *row)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("variant", VARIANTS)
def test_mud_equals_the_original_on_the_same_numbers(variant):
    row = registry.corruption("spatter").parameters_at(4, variant)
    mean, scale, sigma, threshold, soft, _ = row
    x = pictures(2, 32, 36)
    noise = ops.convert_to_numpy(random.normal(keys(2), (32, 36, 1), 0))
    result = run(x, *row)
    for index in range(2):
        liquid = scipy.ndimage.gaussian_filter(
            noise[index, ..., 0].astype("float64") * scale + mean,
            sigma,
            mode="nearest",
        )
        mask = scipy.ndimage.gaussian_filter(
            (liquid > threshold).astype("float64"), soft, mode="nearest"
        )
        mask[mask < 0.8] = 0
        mask = mask[..., None]
        expected = x[index] * (1 - mask) + mask * np.array([63, 42, 20])
        close = np.abs(result[index] - expected) < 0.1
        # A mask at 0.8 may fall on either side in float32.
        assert close.mean() > 0.995


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize(
    "severity", [2, *(pytest.param(s, marks=pytest.mark.slow) for s in (1, 3))]
)
def test_water_brightens_some_of_the_image_up_to_its_strength(severity):
    row = registry.corruption("spatter").parameters_at(severity)
    result = run(np.zeros((4, 64, 64, 3)), *row)
    assert result.min() == 0
    np.testing.assert_allclose(
        result.max(axis=(1, 2)),
        np.tile(row[4] * np.array([175, 238, 238]), (4, 1)),
        rtol=1e-4,
    )
    assert 0.02 < np.mean(result[..., 0] > 0) < 0.98


def test_edges_of_a_square_are_its_outline():
    image = np.zeros((1, 20, 20), "float32")
    image[:, 5:15, 5:15] = 200
    found = ops.convert_to_numpy(
        spatter.edges(ops.convert_to_tensor(image), 50, 150)
    )[0]
    square = image[0] > 0
    rim = scipy.ndimage.binary_dilation(square) & ~scipy.ndimage.binary_erosion(
        square, iterations=1
    )
    assert not np.any(found & ~rim)
    # Every row and column through the square crosses two edges.
    assert np.all(found[6:14].sum(axis=1) >= 2)
    assert np.all(found[:, 6:14].sum(axis=0) >= 2)


def test_weak_edges_count_only_where_they_touch_strong_ones():
    image = np.zeros((2, 12, 30), "float32")
    image[:, :, 15:] = 20
    image[1, :4, 15:] = 200
    found = ops.convert_to_numpy(
        spatter.edges(ops.convert_to_tensor(image), 50, 150)
    )
    assert not found[0].any()
    assert found[1, 8:].any()


def test_distance_is_close_to_euclidean_and_cut_off():
    edge = np.zeros((1, 60, 60), bool)
    edge[0, 10, 12] = True
    result = ops.convert_to_numpy(
        spatter._distance(ops.convert_to_tensor(edge))
    )[0]
    expected = scipy.ndimage.distance_transform_edt(~edge[0])
    near = expected < 19
    np.testing.assert_allclose(result[near], expected[near], rtol=0.04)
    assert result[expected > 22].min() >= 20


def test_equalization_spreads_levels_like_opencv():
    x = np.array([3] * 4 + [5] * 4 + [9] * 8).reshape(1, 4, 4)
    result = ops.convert_to_numpy(
        spatter._equalize(ops.convert_to_tensor(x.astype("float32")))
    )
    # (count up to the level - count of the lowest) / (16 - 4) * 255
    assert set(np.unique(result)) == {0, 85, 255}
