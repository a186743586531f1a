"""Augmentations in order, with random numbers of their own."""

import keras
import numpy as np
import pytest

from keras_ceb import data
from keras_ceb._src.data.augmentation.augmentation_chain import (
    cifar_augmentation,
)
from keras_ceb._src.random import bits
from tests.data.augmentation import pillow
from tests.data.augmentation.test_auto_augment import keys


def test_the_authors_order():
    kinds = [type(part) for part in cifar_augmentation().augmentations]
    assert kinds == [
        data.AutoAugment,
        data.PadAndCrop,
        data.HorizontalFlip,
        data.Cutout,
    ]
    parts = cifar_augmentation(None, cutout=None).augmentations
    assert [type(part) for part in parts] == kinds[1:3]


def test_parts_run_one_after_another_with_keys_of_their_own():
    images = np.concatenate([pillow.pictures(3)] * 4)
    chain = cifar_augmentation(None, cutout=6)
    expected = images
    for place, part in enumerate(chain.augmentations):
        own = bits(keys(len(images)), (2,), place)
        expected = part.augment(expected, own)
    result = np.asarray(chain.augment(images, keys(len(images))))
    np.testing.assert_array_equal(result, expected)
    # Two flips do not cancel: they are drawn apart.
    twice = data.AugmentationChain([data.HorizontalFlip()] * 2)
    result = np.asarray(twice.augment(images, keys(len(images))))
    assert 0 < np.mean((result != images).any((1, 2, 3))) < 1


def test_config_round_trip():
    chain = cifar_augmentation("imagenet", cutout=8, fill_value=7, seed=3)
    again = keras.saving.deserialize_keras_object(
        keras.saving.serialize_keras_object(chain)
    )
    assert again.get_config() == chain.get_config()
    assert again.augmentations[0].policy == "imagenet"
    assert again.augmentations[3].size == 8


def test_the_range_of_a_chain_is_that_of_its_parts():
    pad, cut = (
        kind(value_range=(0, 1)) for kind in (data.PadAndCrop, data.Cutout)
    )
    flip = data.HorizontalFlip()
    for options in ({}, {"value_range": (0, 1)}):
        chain = data.AugmentationChain([flip, pad, cut], **options)
        assert chain.value_range == (0, 1)
        # In another chain, with a flip of no range.
        outer = data.AugmentationChain([chain, data.AugmentationChain([flip])])
        assert outer.value_range == (0, 1)
    for parts, options in (
        ([pad, data.Cutout()], {}),
        ([pad], {"value_range": (0, 255)}),
    ):
        with pytest.raises(ValueError, match=r"`value_range`.*\(0.0, 1.0\)"):
            data.AugmentationChain(parts, **options)


def test_the_mean_of_cifar_fills_in_any_range():
    for value_range in ((0, 255), (0, 1), (-1, 1)):
        chain = cifar_augmentation(value_range=value_range)
        low, high = value_range
        for part in (0, 1, 3):
            fill = np.array(chain.augmentations[part].fill_value)
            np.testing.assert_allclose(
                (fill - low) / (high - low) * 255, (125.3, 123, 113.9)
            )


def test_what_is_no_augmentation_is_refused():
    with pytest.raises(TypeError, match="`augmentations`.*Received.*Flatten"):
        data.AugmentationChain([keras.layers.Flatten()])
