"""What the augmentation layers share."""

import functools

import keras
import numpy as np
import pytest

from keras_ceb import data
from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from tests.data.augmentation.test_auto_augment import keys


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


@pytest.mark.parametrize("value", [(1, 0), (0, 0), 255, (0, 1, 2), (0, "1")])
@pytest.mark.parametrize(
    "layer",
    [
        data.AutoAugment,
        data.Cutout,
        data.HorizontalFlip,
        data.PadAndCrop,
        data.cifar_augmentation,
        functools.partial(data.AugmentationChain, []),
    ],
)
def test_bad_ranges(layer, value):
    with pytest.raises(ValueError, match="`value_range` must be two.*Received"):
        layer(value_range=value)


# As they were saved before there was a `value_range`.
OLD = [
    (data.HorizontalFlip, {}),
    (data.PadAndCrop, {"padding": 4, "fill_value": 0.0}),
    (data.Cutout, {"size": 16, "fill_value": (125.3, 123.0, 113.9)}),
    (data.AutoAugment, {"policy": "cifar10", "fill_value": None}),
]


@pytest.mark.parametrize("kind, config", OLD)
def test_old_configs_are_of_0_to_255(kind, config):
    layer = kind.from_config({"name": "old", "seed": 1, **config})
    assert layer.value_range == (0, 255)
    assert layer.get_config()["value_range"] == (0, 255)
    for name, value in config.items():
        assert getattr(layer, name) == value
    parts = [
        {
            "module": "keras_ceb.data",
            "class_name": kind.__name__,
            "config": config,
            "registered_name": f"keras_ceb>{kind.__name__}",
        }
    ]
    chain = data.AugmentationChain.from_config({"augmentations": parts})
    assert chain.value_range == (0, 255)
