"""What the augmentation layers share."""

import keras
import numpy as np
import pytest

from keras_ceb.data.image_augmentation import ImageAugmentation
from keras_ceb.data.image_augmentation import colour
from keras_ceb.data.image_augmentation import fill_colour
from tests.data.test_auto_augment import keys


class Keyed(ImageAugmentation):
    """Writes the low byte of an image's key into all its values."""

    def augment_images(self, images, keys):
        low = keras.ops.cast(keys[:, 0] % 256, "uint8")
        return keras.ops.zeros_like(images) + low[:, None, None, None]


def test_every_image_has_its_key_and_layers_have_seeds():
    images = np.zeros((64, 3, 3, 1), "uint8")
    result = np.asarray(Keyed().augment(images, keys(64)))
    np.testing.assert_array_equal(result[:, 0, 0, 0], keys(64)[:, 0] % 256)
    one, other = Keyed(seed=1), Keyed(seed=1)
    first = np.asarray(one(images))
    np.testing.assert_array_equal(first, other(images))
    assert len(np.unique(first)) > 32
    assert not np.array_equal(first, one(images))
    np.testing.assert_array_equal(one(images, training=False), images)


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint8"])
def test_dtype_is_kept(dtype):
    images = np.zeros((2, 3, 3, 3), dtype)
    result = Keyed().augment(images, keys(2))
    assert keras.backend.standardize_dtype(result.dtype) == dtype


def test_colours():
    assert colour(3, "c") == 3.0
    assert colour([1, 2, 3], "c") == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(fill_colour((1, 2.6, 3), 3), [1, 3, 3])
    np.testing.assert_array_equal(fill_colour(7, 3), [7, 7, 7])
    np.testing.assert_array_equal(fill_colour((10, 20, 60), 1), [30])
    with pytest.raises(ValueError, match="`c`.*256"):
        colour(256, "c")
