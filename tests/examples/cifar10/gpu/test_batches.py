"""Batches against NumPy."""

import itertools

import keras
import numpy as np
import pytest

if keras.config.backend() != "jax":
    pytest.skip("needs the JAX backend", allow_module_level=True)

from examples.cifar10.gpu.batches import Batches

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(1, 256, (10, 6, 6, 3), dtype="uint8")
LABELS = np.arange(10, dtype="int32")


def epoch(batches, number=0):
    return list(itertools.islice(batches.stream(number), len(batches)))


def test_every_image_is_a_crop_perhaps_turned():
    batches = Batches(IMAGES, LABELS, 4, 0)
    assert len(batches) == 2
    seen = []
    for x, y in epoch(batches):
        for image, label in zip(np.asarray(x), np.asarray(y), strict=True):
            seen.append(int(label))
            padded = np.pad(IMAGES[label], ((4, 4), (4, 4), (0, 0))) / 255
            found = [
                (top, left, turned)
                for top in range(9)
                for left in range(9)
                for turned in (1, -1)
                if np.allclose(
                    padded[top : top + 6, left : left + 6][:, ::turned],
                    image,
                    atol=1e-6,
                )
            ]
            assert found
    assert len(set(seen)) == 8


def test_an_epoch_depends_on_seed_and_number_alone():
    straight = Batches(IMAGES, LABELS, 4, 0).stream()
    both = list(itertools.islice(straight, 4))
    again = epoch(Batches(IMAGES, LABELS, 4, 0), 1)
    for (x, y), (other_x, other_y) in zip(both[2:], again, strict=True):
        np.testing.assert_array_equal(x, other_x)
        np.testing.assert_array_equal(y, other_y)
    other = epoch(Batches(IMAGES, LABELS, 4, 1))
    assert not np.array_equal(other[0][0], both[0][0])
    assert not np.array_equal(both[0][0], both[2][0])
