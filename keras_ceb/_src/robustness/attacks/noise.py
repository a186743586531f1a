"""Random numbers without state: a function of seed, image and stream alone.

An image draws the same numbers whatever batch it travels in, on every
backend; see `keras_ceb.random` for the generator.
"""

import math

import numpy as np
from keras import ops

from keras_ceb._src.random import threefry


def _uint32(value):
    return ops.cast(value, "uint32")


def _to_unit_interval(bits):
    """Float32 in the open interval (0, 1), from the upper 23 bits."""
    upper = ops.cast(ops.right_shift(bits, np.uint32(9)), "float32")
    return (upper + 0.5) * 2.0**-23


def _uniform_pairs(seed, index, stream, count):
    words = threefry(
        _uint32(seed),
        _uint32(index)[:, None],
        _uint32(ops.arange(count))[None, :],
        _uint32(stream),
    )
    return tuple(map(_to_unit_interval, words))


def uniform(seed, index, stream, size):
    """Uniform numbers in (0, 1).

    Args:
        seed: Integer scalar.
        index: `[n]` integers, the number of each image in its data set.
        stream: Integer scalar; other streams give independent numbers.
        size: How many numbers an image, a Python integer.

    Returns:
        `[n, size]` float32 tensor.
    """
    pairs = _uniform_pairs(seed, index, stream, (size + 1) // 2)
    return ops.concatenate(pairs, axis=1)[:, :size]


def normal(seed, index, stream, size):
    """Standard normal numbers (Box and Muller), arguments as `uniform`."""
    u, v = _uniform_pairs(seed, index, stream, (size + 1) // 2)
    radius = ops.sqrt(-2.0 * ops.log(u))
    angle = (2.0 * math.pi) * v
    pairs = (radius * ops.cos(angle), radius * ops.sin(angle))
    return ops.concatenate(pairs, axis=1)[:, :size]
