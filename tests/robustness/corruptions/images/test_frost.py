import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.corruptions.images import frost
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def ramps(number=3, height=50, width=70):
    """Textures whose pixels tell the texture, the row and the column."""
    rows, columns = np.mgrid[:height, :width].astype("uint8")
    return tuple(
        np.stack([rows, columns, np.full_like(rows, 40 * (i + 1))], -1)
        for i in range(number)
    )


def run(x, *row, count=None):
    x = ops.convert_to_tensor(np.asarray(x, "float32"))
    return ops.convert_to_numpy(frost.frost(x, keys(len(x)), *row))


def test_crops_are_whole_and_spread_over_places_and_textures():
    x = np.zeros((300, 16, 20, 3))
    result = run(x, 1, 1, 1, ramps())
    first = result[:, 0, 0]
    down, right = np.mgrid[:16, :20]
    np.testing.assert_array_equal(
        result[..., 0], first[:, 0, None, None] + down
    )
    np.testing.assert_array_equal(
        result[..., 1], first[:, 1, None, None] + right
    )
    assert set(first[:, 2]) == {40, 80, 120}
    # The last place, 50 - 16, is never drawn.
    assert set(first[:, 0]) == set(range(34))
    assert set(first[:, 1]) <= set(range(50))


def test_weights():
    x = pictures(3, 16, 20).astype("float32")
    texture = run(np.zeros_like(x), 1, 1, 1, ramps())
    np.testing.assert_allclose(
        run(x, 0.7, 0.4, 1, ramps()), 0.7 * x + 0.4 * texture, atol=1e-3
    )


def test_textures_grow_to_cover_large_images():
    flat = (np.full((20, 30, 3), 90, "uint8"),)
    result = run(np.zeros((2, 64, 48, 3)), 1, 1, 0.2, flat)
    np.testing.assert_array_equal(result, 90)


def test_gray_images_get_the_luminance():
    texture = np.zeros((20, 30, 3), "uint8")
    texture[..., 0] = 100
    result = run(np.zeros((1, 8, 8, 1)), 1, 1, 1, (texture,))
    np.testing.assert_array_equal(result, 30)


@pytest.mark.parametrize("factor", [0.2, 0.5, 2.0])
def test_resize_is_bilinear_at_pixel_centers(factor):
    # On a plane, bilinear interpolation is exact away from the border.
    rows, columns = np.mgrid[:40, :60]
    texture = (rows + 2 * columns)[..., None].astype("uint8")
    result = frost.resize(texture, factor)
    assert result.shape == (40 * factor, 60 * factor, 1)
    y = (np.arange(result.shape[0]) + 0.5) / factor - 0.5
    x = (np.arange(result.shape[1]) + 0.5) / factor - 0.5
    expected = y[:, None] + 2 * x
    inner = (slice(1, -1), slice(1, -1))
    np.testing.assert_allclose(
        result[..., 0][inner], expected[inner], atol=0.51
    )
