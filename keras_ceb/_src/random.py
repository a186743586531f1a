"""Random numbers that depend only on a seed and the index of an image.

Threefry-2x32 turns (key, counter) into 64 random bits. Every image has its own
key, so an image gets the same numbers whatever else is in its batch, on every
backend and device. Threefry needs integer additions, rotations and exclusive
ors only, so XLA fuses it with the operations that use the numbers.

Reference:
    - [Salmon et al., 2011](https://doi.org/10.1145/2063384.2063405), "Parallel
      random numbers: as easy as 1, 2, 3", section 5.2 (Threefry).
    - Giles, 2010, "Approximating the erfinv function", single precision.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

_ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
_PARITY = np.uint32(0x1BD11BDA)

# Polynomials of Giles' approximation, highest power first.
_ERFINV_CENTER = (
    2.81022636e-08,
    3.43273939e-07,
    -3.5233877e-06,
    -4.39150654e-06,
    0.00021858087,
    -0.00125372503,
    -0.00417768164,
    0.246640727,
    1.50140941,
)
_ERFINV_TAIL = (
    -0.000200214257,
    0.000100950558,
    0.00134934322,
    -0.00367342844,
    0.00573950773,
    -0.0076224613,
    0.00943887047,
    1.00167406,
    2.83297682,
)


def threefry(key0: Any, key1: Any, count0: Any, count1: Any) -> tuple[Any, Any]:
    """Threefry-2x32 with 20 rounds.

    Args:
        key0, key1: Uint32 tensors, the two words of the key.
        count0, count1: Uint32 tensors, the two words of the counter. All four
            broadcast together.

    Returns:
        Two uint32 tensors of random bits.
    """
    keys = (key0, key1, key0 ^ key1 ^ _PARITY)
    count0, count1 = _word(count0 + key0), _word(count1 + key1)
    for group in range(5):
        for rotation in _ROTATIONS[group % 2]:
            count0 = _word(count0 + count1)
            count1 = ops.bitwise_or(
                _word(ops.left_shift(count1, np.uint32(rotation))),
                ops.right_shift(count1, np.uint32(32 - rotation)),
            )
            count1 = count1 ^ count0
        count0 = _word(count0 + keys[(group + 1) % 3])
        count1 = _word(count1 + keys[(group + 2) % 3] + np.uint32(group + 1))
    return count0, count1


def _word(value: Any) -> Any:
    """A sum or a shifted word, modulo 2^32.

    Keras holds a uint32 in an int64 on PyTorch, which has no arithmetic of
    uint32.
    """
    if keras.backend.standardize_dtype(value.dtype) == "int64":
        return value & 0xFFFFFFFF
    return value


def image_keys(seed: Any, indices: Any, salt: int = 0) -> Any:
    """A key for each image.

    Args:
        seed: Uint32 tensor, [2], the low and the high word of a seed; or an
            integer scalar, the low word.
        indices: Integer tensor, [batch], the place of each image in its data
            set.
        salt: Integer; other salts give independent keys.

    Returns:
        uint32 tensor, [batch, 2].
    """
    seed = _word(ops.cast(seed, "uint32"))
    low, high = (seed[0], seed[1]) if len(seed.shape) else (seed, np.uint32(0))
    indices = _word(ops.cast(indices, "uint32"))
    zeros = ops.zeros_like(indices)
    return ops.stack(
        threefry(zeros + low, zeros + high, indices, zeros + np.uint32(salt)),
        axis=1,
    )


def bits(keys: Any, shape: tuple[int, ...], stream: Any = 0) -> Any:
    """Uniform random 32-bit words, uint32, [batch, *shape].

    Args:
        keys: Uint32 tensor, [batch, 2], from `image_keys`.
        shape: Static shape of the numbers of one image.
        stream: Integer or integer tensor, a scalar or [batch, 1]; other
            streams give independent numbers. With the latter, one key may
            serve the whole batch.
    """
    keys = ops.convert_to_tensor(keys)
    if ops.is_tensor(stream):
        stream = ops.cast(stream, "uint32")
    else:
        stream = np.uint32(stream)
    count = int(np.prod(shape))
    counter = np.arange((count + 1) // 2, dtype="uint32")[None]
    counter = ops.convert_to_tensor(counter)
    zeros = ops.zeros_like(keys[:, :1])
    words = threefry(
        keys[:, :1],
        keys[:, 1:],
        zeros + counter,
        zeros + stream,
    )
    words = ops.concatenate(words, axis=1)[:, :count]
    return ops.reshape(words, (-1, *shape))


def uniform(keys: Any, shape: tuple[int, ...], stream: Any = 0) -> Any:
    """Uniform numbers on [0, 1), float32, [batch, *shape], multiples of 2^-24.

    Args: see `bits`.
    """
    # Through int32, because float32 has no direct vector cast from uint32.
    words = ops.right_shift(bits(keys, shape, stream), np.uint32(8))
    words = ops.cast(ops.cast(words, "int32"), "float32")
    return words * np.float32(2**-24)


def normal(keys: Any, shape: tuple[int, ...], stream: Any = 0) -> Any:
    """Standard normal numbers, float32, [batch, *shape], by inversion.

    Args: see `bits`.
    """
    # Half a step off the grid: symmetric, and never -1 or 1.
    centered = 2 * uniform(keys, shape, stream) - np.float32(1 - 2**-24)
    return _erfinv(centered) * np.float32(2**0.5)


def _erfinv(x: Any) -> Any:
    """The inverse error function; relative error below 4e-7."""
    w = -ops.log((1 - x) * (1 + x))
    center = _polynomial(_ERFINV_CENTER, w - 2.5)
    tail = _polynomial(_ERFINV_TAIL, ops.sqrt(w) - 3)
    return ops.where(w < 5, center, tail) * x


def _polynomial(coefficients: tuple[float, ...], x: Any) -> Any:
    """The polynomial with `coefficients`, highest power first, by Horner."""
    result = ops.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        result = result * x + np.float32(coefficient)
    return result
