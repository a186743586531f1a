"""Checks of labeled data before any of it is used."""

import itertools
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness import checks

# How errors name the two parts of `data`.
NAMES = ("The images of `data`", "The labels of `data`")

_FORMS = (
    "a tuple `(x, y)` of arrays, or an iterable of batches `(x, y)`: a "
    "`tf.data.Dataset`, a `keras.utils.PyDataset`, a PyTorch `DataLoader`, a "
    "generator"
)
_INFINITE = (itertools.cycle, itertools.count, itertools.repeat)


def is_arrays(data: Any) -> bool:
    """Whether `data` is a tuple `(x, y)` or `(x, y, sample_weight)`."""
    return isinstance(data, tuple) and len(data) in (2, 3)


def is_iterator(data: Any) -> bool:
    """Whether `data` can be read only once."""
    return hasattr(data, "__next__") and not hasattr(data, "__getitem__")


def is_indexed(data: Any) -> bool:
    """Whether `data` returns its batches by number."""
    return isinstance(data, keras.utils.PyDataset) or (
        hasattr(data, "__getitem__") and hasattr(data, "__len__")
    )


def num_batches(data: Any) -> int:
    """The number of batches of an indexed data set."""
    try:
        length = (
            data.num_batches
            if isinstance(data, keras.utils.PyDataset)
            else len(data)
        )
    except (NotImplementedError, TypeError):
        length = None
    if length is None:
        raise _endless(data)
    return int(length)


def check(data: Any, bounds: tuple[float, float] | None = None) -> None:
    """Raises an error on data that cannot be used, before any is computed.

    Arrays are checked as a whole. Streams are checked without being read: the
    length, and the shapes and dtypes of a `tf.data.Dataset`.

    Args:
        data: See `data.batches`.
        bounds: Range in which images in arrays must lie, or `None`.
    """
    if is_arrays(data):
        _check_arrays(data[0], data[1], bounds)
    elif hasattr(data, "element_spec"):
        _check_dataset(data)
    else:
        check_stream(data)


def check_stream(data: Any) -> None:
    """Raises an error unless `data` is a finite iterable of batches."""
    if hasattr(data, "cardinality"):
        _check_cardinality(data)
    elif isinstance(data, _INFINITE):
        raise _endless(data)
    elif isinstance(data, (str, bytes, Mapping)) or hasattr(data, "shape"):
        raise _wrong_form(data)
    elif is_indexed(data):
        if num_batches(data) == 0:
            raise no_images()
    elif not isinstance(data, Iterable):
        raise _wrong_form(data)


def check_labels(data: Any, num_classes: int) -> None:
    """Raises an error on wrong labels in arrays, before any image is used."""
    if is_arrays(data):
        checks.check_labels(data[1], len(data[0]), num_classes, NAMES[1])


def check_pair(element: Any) -> None:
    """Raises an error unless an element of a stream is images and labels."""
    if isinstance(element, Mapping):
        raise ValueError(
            "`data` must yield pairs `(x, y)` of images and labels; extract "
            "them from the dict, for example with `data.map(...)`. Received: "
            f"a dict with the keys {_keys(element)}"
        )
    if not isinstance(element, (tuple, list)) or len(element) not in (2, 3):
        many = ""
        if isinstance(element, (tuple, list)):
            many = f" of length {len(element)}"
        elif hasattr(element, "shape"):
            many = ". Pass two arrays as a tuple `(x, y)`, not as a list"
        raise ValueError(
            "`data` must yield pairs `(x, y)` of images and labels. "
            f"Received: an element of type {type(element).__name__}"
            f" without labels{many}"
        )
    _check_parts(*element[:2])


def check_images(value: Any) -> np.ndarray:
    """The images of `data` as an array of numbers."""
    return checks.check_numbers(value, NAMES[0])


def no_images() -> ValueError:
    """The error on data without images."""
    return ValueError(
        "`data` must hold at least one batch of images. Received: no images"
    )


def not_batched(x: Any, y: Any) -> ValueError:
    """The error on shapes that are not those of a batch."""
    return ValueError(
        "`data` must yield batches, as many labels as images; call "
        f"`data.batch(...)` first. Received: x.shape={x}, y.shape={y}"
    )


def _check_arrays(x: Any, y: Any, bounds: tuple[float, float] | None) -> None:
    _check_parts(x, y)
    for part, name in zip((x, y), NAMES, strict=True):
        if not hasattr(part, "shape") and not isinstance(part, (list, tuple)):
            raise TypeError(
                f"{name} must be an array, a tensor or a list. Received: "
                f"{type(part).__name__}"
            )
        if getattr(part, "shape", (1,)) == ():
            raise ValueError(
                f"{name} must have a batch axis. Received: a single number"
            )
    if len(x) != len(y):
        several = ""
        if isinstance(x, (list, tuple)) and len(x) < 5:
            several = "; models with several inputs are not supported"
        raise ValueError(
            "`data` must hold as many labels as images. Received: "
            f"{len(x)} images and {len(y)} labels{several}"
        )
    if not len(x):
        raise no_images()
    checks.check_label_dtype(checks.as_array(y), NAMES[1])
    if isinstance(x, (list, tuple)):
        x = check_images(x)
    first_image = check_images(x[:1])
    if first_image.ndim < 2:
        raise ValueError(
            f"{NAMES[0]} must have shape (batch, ...). "
            f"Received: x.shape={(len(x), *first_image.shape[1:])}"
        )
    # The pixels of a memory-mapped file are checked when they are read.
    in_memory = isinstance(x, np.ndarray) and not isinstance(x, np.memmap)
    if bounds is not None and (in_memory or ops.is_tensor(x)):
        # In parts, as the check makes a float32 copy.
        for first in range(0, len(x), 1024):
            part = x[first : first + 1024]
            checks.check_images(part, bounds, NAMES[0], first)


def _check_dataset(data: Any) -> None:
    """Checks the static shapes and the length of a `tf.data.Dataset`."""
    spec = data.element_spec
    check_pair(spec)
    for part, name in zip(spec[:2], NAMES, strict=True):
        if not hasattr(part, "shape") or "Tensor" != type(part).__name__[:6]:
            raise ValueError(f"{name} must be dense tensors. Received: {part}")
        if part.dtype.name == "string":
            raise ValueError(
                f"{name} must be numbers. Received: strings; map them to "
                "numbers with `data.map(...)`"
            )
    x, y = (part.shape for part in spec[:2])
    known = x.rank is not None and y.rank is not None
    if known and (
        x.rank < 2
        or y.rank < 1
        or (x[0] is not None and y[0] is not None and x[0] != y[0])
    ):
        raise not_batched(tuple(x), tuple(y))
    if hasattr(data, "cardinality"):
        _check_cardinality(data)


def _check_cardinality(data: Any) -> None:
    cardinality = int(data.cardinality())
    # -1 is `tf.data.INFINITE_CARDINALITY`, -2 an unknown length.
    if cardinality == -1:
        raise _endless(data)
    if cardinality == 0:
        raise no_images()


def _check_parts(x: Any, y: Any) -> None:
    """Raises an error unless images and labels are one array each."""
    for part, name in zip((x, y), NAMES, strict=True):
        if isinstance(part, Mapping) or (
            isinstance(part, tuple)
            and any(len(getattr(p, "shape", ())) for p in part)
        ):
            what = "a tuple of arrays"
            if isinstance(part, Mapping):
                what = f"a dict with the keys {_keys(part)}"
            raise ValueError(
                f"{name} must be one array; models with several inputs or "
                f"outputs are not supported. Received: {what}"
            )
    if y is None:
        raise ValueError(
            "`data` must hold as many labels as images. Received: no labels"
        )


def _keys(mapping: Mapping[Any, Any]) -> list[str]:
    return sorted(map(str, mapping))


def _endless(data: Any) -> ValueError:
    return ValueError(
        "`data` must end: remove `repeat()`, or add `take(...)`; a "
        "`PyDataset` needs a length. Received: an infinite "
        f"{type(data).__name__}"
    )


def _wrong_form(data: Any) -> TypeError:
    return TypeError(
        f"`data` must be {_FORMS}. Received: data of type "
        f"{type(data).__name__}, {str(data)[:80]}"
    )
