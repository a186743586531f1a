"""Gaussian, shot, impulse and speckle noise.

Every function takes float32 images [batch, height, width, channels] on the
scale 0 to 255 and the keys of the images, and returns images on that scale,
not yet clipped. A gray image gets its noise on its one channel.
"""

import functools
import math

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor


def gaussian_noise(x: Tensor, keys: Tensor, sigma: float) -> Tensor:
    """Adds normal noise with standard deviation `sigma` of the full range."""
    return x + (255 * sigma) * random.normal(keys, x.shape[1:])


def speckle_noise(x: Tensor, keys: Tensor, sigma: float) -> Tensor:
    """Adds normal noise in proportion to the intensity."""
    return x * (1 + sigma * random.normal(keys, x.shape[1:]))


def impulse_noise(x: Tensor, keys: Tensor, amount: float) -> Tensor:
    """Salt and pepper: a share `amount` of the numbers turns 0 or 255."""
    u = random.uniform(keys, x.shape[1:])
    x = ops.where(u < amount, 0.0, x)
    return ops.where(u < amount / 2, 255.0, x)


def shot_noise(x: Tensor, keys: Tensor, photons: int) -> Tensor:
    """Poisson counts of a sensor that sees `photons` photons at full white.

    Draws from Poisson(intensity * photons) / photons, clipped at white. XLA
    has no Poisson sampler on any backend, so the counts come from an alias
    table with a row for each of the 256 gray levels: one random word and one
    gather per number, exact to 2^-32. Float images are rounded to 8 bits first.

    Reference:
        - Walker, 1977, "An efficient method for generating discrete random
          variables with general distributions".
    """
    table = _poisson_alias_table(photons)
    width = table.shape[1]
    shift = 32 - int(math.log2(width))
    low = np.uint32((1 << shift) - 1)
    level = ops.cast(ops.round(x), "int32")
    word = random.bits(keys, x.shape[1:])
    column = ops.right_shift(word, np.uint32(shift))
    column = ops.cast(column, "int32")
    entry = ops.take(table.reshape(-1), level * width + column)
    # An entry: the threshold in the low bits, the alias in the high bits.
    keep = ops.bitwise_and(word, low) < ops.bitwise_and(entry, low)
    alias = ops.cast(ops.right_shift(entry, np.uint32(shift)), "int32")
    count = ops.cast(ops.where(keep, column, alias), "float32")
    return count * np.float32(255 / photons)


@functools.cache
def _poisson_alias_table(photons: int) -> np.ndarray:
    """Alias tables of min(Poisson(level / 255 * photons), photons), uint32."""
    width = 1 << math.ceil(math.log2(photons + 1))
    shift = 32 - int(math.log2(width))
    counts = np.arange(photons + 1)
    log_factorial = np.cumsum(np.log(np.maximum(counts, 1)))
    table = np.zeros((256, width), "uint32")
    for level in range(256):
        rate = level / 255 * photons
        mass = np.zeros(width)
        if rate == 0:
            mass[0] = 1
        else:
            mass[: photons + 1] = np.exp(
                counts * math.log(rate) - rate - log_factorial
            )
            # All counts above `photons` are clipped to white.
            mass[photons] = max(0.0, 1 - mass[:photons].sum())
        threshold, alias = _alias(mass / mass.sum())
        scaled = np.minimum(threshold * 2.0**shift, 2.0**shift - 1)
        table[level] = scaled.astype("uint32") | (alias << np.uint32(shift))
    return table


def _alias(mass: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walker's tables: the chance to keep a column, and its alias."""
    width = len(mass)
    threshold = mass * width
    alias = np.arange(width, dtype="uint32")
    small = [i for i in range(width) if threshold[i] < 1]
    large = [i for i in range(width) if threshold[i] >= 1]
    while small and large:
        poor, rich = small.pop(), large.pop()
        alias[poor] = rich
        threshold[rich] -= 1 - threshold[poor]
        (small if threshold[rich] < 1 else large).append(rich)
    # The remaining columns differ from 1 only by rounding; each is its own
    # alias.
    return np.clip(threshold, 0, 1), alias


RECORDS = (
    Corruption(
        "gaussian_noise",
        0,
        "noise",
        gaussian_noise,
        {
            IMAGENET_C: (0.08, 0.12, 0.18, 0.26, 0.38),
            CIFAR10_C: (0.04, 0.06, 0.08, 0.09, 0.10),
        },
        one_by_one=True,
    ),
    Corruption(
        "shot_noise",
        1,
        "noise",
        shot_noise,
        {
            IMAGENET_C: (60, 25, 12, 5, 3),
            CIFAR10_C: (500, 250, 100, 75, 50),
        },
        one_by_one=True,
    ),
    Corruption(
        "impulse_noise",
        2,
        "noise",
        impulse_noise,
        {
            IMAGENET_C: (0.03, 0.06, 0.09, 0.17, 0.27),
            CIFAR10_C: (0.01, 0.02, 0.03, 0.05, 0.07),
        },
        one_by_one=True,
    ),
    Corruption(
        "speckle_noise",
        15,
        "noise",
        speckle_noise,
        {
            IMAGENET_C: (0.15, 0.2, 0.35, 0.45, 0.6),
            CIFAR10_C: (0.06, 0.1, 0.12, 0.16, 0.2),
        },
        one_by_one=True,
    ),
)
