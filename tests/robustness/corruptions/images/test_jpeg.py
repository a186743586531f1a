import io

import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_ceb._src import backend
from keras_ceb._src.robustness.corruptions.images import jpeg
from tests.robustness.corruptions.pictures import pictures


def reference(image, quality):
    buffer = io.BytesIO()
    picture = image[..., 0] if image.shape[-1] == 1 else image
    Image.fromarray(picture).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer)).reshape(image.shape)


def run(x, quality):
    function = backend.compile_function(
        lambda batch, shared: jpeg.jpeg_compression(batch[0], None, quality),
        jit_compile=True,
    )
    return ops.convert_to_numpy(function((x.astype("float32"),), ()))


@pytest.mark.parametrize("quality", [7, 10, 15, 18, 25, 40, 50, 58, 65, 80])
def test_equal_to_pillow(quality):
    x = pictures(2, 32, 48)
    expected = np.stack([reference(image, quality) for image in x])
    np.testing.assert_array_equal(run(x, quality), expected)


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("size", [(30, 30), (17, 41), (33, 9), (40, 72)])
@pytest.mark.parametrize("channels", [1, 3])
def test_equal_to_pillow_at_any_size_in_color_and_gray(size, channels):
    x = pictures(1, *size, channels)
    np.testing.assert_array_equal(run(x, 15)[0], reference(x[0], 15))


@pytest.mark.slow_on_tensorflow
@pytest.mark.parametrize("quality", [1, 7, 80, 100])
def test_equal_to_pillow_on_extreme_images(quality):
    rng = np.random.default_rng(0)
    x = 255 * rng.integers(0, 2, (2, 64, 64, 3))
    x[1, ::2] = 0
    x[1, 1::2] = 255
    x = x.astype("uint8")
    expected = np.stack([reference(image, quality) for image in x])
    np.testing.assert_array_equal(run(x, quality), expected)


def test_transform_constants_are_those_of_the_library():
    # The rows are orthogonal up to the rounding of the constants.
    product = jpeg._TRANSFORM @ jpeg._TRANSFORM.T / 8192**2 / 8
    np.testing.assert_allclose(product, np.eye(8), atol=2e-4)


def test_quantization_tables_against_pillow():
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, "JPEG", quality=18)
    tables = Image.open(buffer).quantization
    luma, chroma = jpeg.quantization_tables(18)
    assert sorted(luma.ravel()) == sorted(tables[0])
    assert sorted(chroma.ravel()) == sorted(tables[1])
