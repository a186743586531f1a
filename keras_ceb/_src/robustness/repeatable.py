"""A data set that must be the same each time it is read."""

import hashlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks


class Repeatable:
    """Batches of a data set, compared with those of the first pass.

    Each batch is hashed as it is read. The constructor reads the first batch
    twice, which detects most data sets that reshuffle.

    Args:
        data: Iterable of batches that can be read several times.

    Attributes:
        class_names: `data.class_names`, or `None`.

    Raises:
        TypeError: If `data` is an iterator, which ends after one pass.
        ValueError: Here or in a later pass, if the batches differ.
    """

    def __init__(self, data: Any):
        if data_checks.is_iterator(data):
            raise TypeError(
                "`data` must be readable several times, which a generator is "
                "not. Pass arrays, a `tf.data.Dataset` or a "
                f"`keras.utils.PyDataset`. Received: data={data!r}"
            )
        self._data = data
        self.class_names = getattr(data, "class_names", None)
        self._digests: list[bytes] = []
        for _ in range(2):
            next(iter(self), None)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        known = self._digests
        number = 0
        for x, y in data_lib.pairs(self._data):
            digest = _digest(x, y)
            if number == len(known):
                known.append(digest)
            elif digest != known[number]:
                raise _differs(f"batch {number} differs from the first pass")
            number += 1
            yield x, y
        if number < len(known):
            raise _differs(
                f"{number} batches after {len(known)} in an earlier pass"
            )


def repeatable(data: Any) -> Any:
    """`data` if it is arrays, else a `Repeatable` of it."""
    return data if data_checks.is_arrays(data) else Repeatable(data)


def _digest(x: np.ndarray, y: np.ndarray) -> bytes:
    digest = hashlib.blake2b(digest_size=16)
    for array in (x, y):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _differs(what: str) -> ValueError:
    return ValueError(
        "`data` must yield the same images in the same order each time it is "
        "read, as every attack reads it again. Build it with `shuffle=False` "
        "(`keras.utils.image_dataset_from_directory` shuffles by default) "
        f"and without random augmentation. Received: {what}"
    )
