"""Random numbers without state: a function of seed, image and stream alone.

An image draws the same numbers whatever batch it travels in, on every
backend. The generator is Threefry-2x32 with 20 rounds.

Reference: Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3".
"""

import math

import numpy as np
from keras import ops

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = 0x1BD11BDA


def _uint32(value):
    return ops.cast(value, "uint32")


def _rotate_left(x, bits):
    return ops.bitwise_or(
        ops.left_shift(x, np.uint32(bits)),
        ops.right_shift(x, np.uint32(32 - bits)),
    )


def threefry_2x32(key, counter):
    """Two words of 32 random bits for each pair of keys and counters.

    Args:
        key: Pair of uint32 tensors.
        counter: Pair of uint32 tensors that broadcast with the keys.

    Returns:
        Pair of uint32 tensors.
    """
    parity = ops.bitwise_xor(ops.bitwise_xor(key[0], key[1]), _uint32(_PARITY))
    schedule = (key[0], key[1], parity)
    x0 = counter[0] + schedule[0]
    x1 = counter[1] + schedule[1]
    for group in range(5):
        for bits in _ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = ops.bitwise_xor(_rotate_left(x1, bits), x0)
        x0 = x0 + schedule[(group + 1) % 3]
        x1 = x1 + schedule[(group + 2) % 3] + _uint32(group + 1)
    return x0, x1


def _to_unit_interval(bits):
    """Float32 in the open interval (0, 1), from the upper 23 bits."""
    upper = ops.cast(ops.right_shift(bits, np.uint32(9)), "float32")
    return (upper + 0.5) * 2.0**-23


def _uniform_pairs(seed, index, stream, count):
    key = (_uint32(seed), _uint32(index)[:, None])
    counter = (_uint32(ops.arange(count))[None, :], _uint32(stream))
    return tuple(_to_unit_interval(x) for x in threefry_2x32(key, counter))


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
