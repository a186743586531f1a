import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_ceb._src.data.readers import resizing

SIZES = [(5, 7), (13, 4), (9, 9), (3, 20)]


@pytest.fixture
def image():
    return np.random.default_rng(0).integers(0, 256, (9, 12, 3)).astype("uint8")


@pytest.mark.parametrize("size", SIZES)
def test_stretch_is_the_bilinear_of_keras(image, size):
    expected = ops.image.resize(
        ops.convert_to_tensor(image.astype("float32")),
        size,
        data_format="channels_last",
    )
    found = resizing.resize(image, size, "stretch")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, ops.convert_to_numpy(expected), atol=1e-3)


def test_crop_takes_the_middle():
    image = np.zeros((4, 8, 1), "uint8")
    image[:, 2:6] = 9
    np.testing.assert_array_equal(resizing.resize(image, (2, 2), "crop"), 9)


def test_pad_adds_black():
    image = np.full((4, 8, 1), 9, "uint8")
    found = resizing.resize(image, (4, 4), "pad")[..., 0]
    np.testing.assert_array_equal(found[:, 0], [0, 9, 9, 0])


@pytest.mark.tf_only
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", [(9, 12, 3), (12, 5, 1)])
def test_crop_and_pad_are_those_of_tensorflow(size, shape):
    import keras
    import tensorflow as tf

    image = np.random.default_rng(1).integers(0, 256, shape).astype("uint8")
    cropped = keras.utils.img_to_array(image)
    cropped = keras.preprocessing.image.smart_resize(cropped, size)
    np.testing.assert_allclose(
        resizing.resize(image, size, "crop"), cropped, atol=1e-3
    )
    padded = tf.image.resize_with_pad(image, *size).numpy()
    np.testing.assert_allclose(
        resizing.resize(image, size, "pad"), padded, atol=1e-3
    )


def test_pad_of_a_line_leaves_something():
    found = resizing.resize(np.full((1, 50, 3), 9, "uint8"), (4, 4), "pad")
    assert found.max() == 9


@pytest.mark.parametrize("channels", [1, 3])
def test_antialias_is_that_of_pillow(image, channels):
    image = image[..., :channels]
    pillow = Image.fromarray(image[..., 0] if channels == 1 else image)
    expected = np.asarray(pillow.resize((7, 5), Image.Resampling.BILINEAR))
    found = resizing.resize(image, (5, 7), "antialias")
    np.testing.assert_array_equal(found, expected.reshape(5, 7, channels))


@pytest.mark.parametrize("way", resizing.WAYS)
def test_an_image_of_the_size_is_left_alone(image, way):
    found = resizing.resize(image, (9, 12), way)
    np.testing.assert_array_equal(found, image)


@pytest.mark.parametrize("size", [5, (3,), (0, 4), (4, 5, 3), (2.5, 3)])
def test_what_is_no_size(size):
    with pytest.raises(ValueError, match="`image_size`.*height and width.*Rec"):
        resizing.check_size(size)
