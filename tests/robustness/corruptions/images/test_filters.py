import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.corruptions.images import filters
from tests.robustness.corruptions.pictures import pictures


@pytest.mark.parametrize("mode", ["edge", "reflect", "symmetric"])
def test_pad_against_numpy(mode):
    x = pictures(1, 7, 9)
    result = filters.pad(ops.convert_to_tensor(x), 2, 3, 4, mode)
    expected = np.pad(x, ((0, 0), (0, 0), (3, 4), (0, 0)), mode=mode)
    np.testing.assert_array_equal(ops.convert_to_numpy(result), expected)


@pytest.mark.parametrize("sigma", [0.05, 0.4, 1, 3.3])
def test_gaussian_filter_against_scipy(sigma):
    x = pictures(2, 20, 24).astype("float32")
    result = filters.gaussian_filter(ops.convert_to_tensor(x), sigma)
    expected = scipy.ndimage.gaussian_filter(
        x.astype("float64"), (0, sigma, sigma, 0), mode="nearest"
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(result), expected, atol=1e-3
    )


@pytest.mark.parametrize("sigma", [0.25, 0.7, 1.1, 1.5])
def test_exact_filter_is_bit_equal_to_scipy_when_compiled(sigma):
    x = pictures(2, 20, 24)
    run = backend.compile_function(
        lambda batch, shared: filters.gaussian_filter(
            batch[0], sigma, exact=True
        ),
        jit_compile=True,
    )
    with backend.double_precision():
        result = ops.convert_to_numpy(run((x / 255.0,), ()))
    expected = scipy.ndimage.gaussian_filter(
        x / 255.0, (0, sigma, sigma, 0), mode="nearest"
    )
    assert result.dtype == np.float64
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("size", [32, 33, 224])
@pytest.mark.parametrize("factor", [1.0, 1.03, 1.1, 1.25, 1.75, 2.5, 4.5])
def test_zoom_table_against_scipy(size, factor):
    line = np.random.default_rng(0).random(size)
    left, fraction = filters.zoom_table(size, factor)
    crop = int(np.ceil(size / factor))
    top = (size - crop) // 2
    zoomed = scipy.ndimage.zoom(line[top : top + crop], factor, order=1)
    trim = (len(zoomed) - size) // 2
    result = line[left] * (1 - fraction) + line[left + 1] * fraction
    np.testing.assert_allclose(result, zoomed[trim : trim + size], atol=1e-6)


def test_zoom_of_a_tiny_image_is_refused():
    with pytest.raises(ValueError, match="larger than 5 pixels"):
        filters.zoom_table(4, 4.5)


def test_interpolate_reads_between_pixels():
    x = ops.convert_to_tensor(np.array([[0.0, 10.0, 30.0]], "float32"))
    result = filters.interpolate(
        x, np.array([0, 1]), np.array([0.25, 0.5], "float32"), axis=1
    )
    np.testing.assert_allclose(ops.convert_to_numpy(result), [[2.5, 20.0]])


def test_luminance_of_color_and_gray():
    color = np.array([[255.0, 0.0, 0.0], [10.0, 10.0, 10.0]], "float32")
    result = ops.convert_to_numpy(filters.luminance(ops.array(color)))
    np.testing.assert_allclose(result, [[76.245], [10.0]], rtol=1e-5)
    gray = ops.array(color[:, :1])
    assert filters.luminance(gray) is gray
