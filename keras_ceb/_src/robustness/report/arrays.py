"""Arrays as text, without loss."""

import base64
import binascii
import math
import zlib
from typing import Any

import numpy as np

# No pickles, and no other kinds than a report holds.
_DTYPES = ("float32", "float64", "int32")


def to_plain(array: np.ndarray) -> dict[str, Any]:
    """An array as plain values: its dtype, its shape and compressed data."""
    array = np.asarray(array)
    if array.dtype.name not in _DTYPES:
        raise TypeError(f"unexpected dtype {array.dtype.name}")
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return {
        "dtype": array.dtype.name,
        "shape": list(array.shape),
        "data": base64.b64encode(zlib.compress(data)).decode("ascii"),
    }


def from_plain(content: Any) -> np.ndarray:
    """The array of `to_plain`.

    Raises:
        ValueError: If `content` is something else.
    """
    try:
        shape = tuple(int(n) for n in content["shape"])
        name = content["dtype"]
        packed = base64.b64decode(content["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise ValueError("an array is not one") from error
    if name not in _DTYPES or min(shape, default=0) < 0:
        raise ValueError(f"an array of dtype {name!r} and shape {shape}")
    number = math.prod(shape)
    size = number * np.dtype(name).itemsize
    try:
        # A small file cannot fill the memory.
        decoder = zlib.decompressobj()
        data = decoder.decompress(packed, size + 1)
    except zlib.error as error:
        raise ValueError("an array is damaged") from error
    if len(data) != size or not decoder.eof:
        raise ValueError(f"an array of {len(data)} bytes, not {size}")
    array = np.frombuffer(data, np.dtype(name).newbyteorder("<"))
    return array.astype(name).reshape(shape)
