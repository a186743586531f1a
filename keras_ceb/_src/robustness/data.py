"""Labelled images in batches, from any form in which Keras users hold them."""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
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
    "`tf.data.Dataset`, a `keras.utils.PyDataset`, a generator"
)
_INFINITE = (itertools.cycle, itertools.count, itertools.repeat)


def is_arrays(data: Any) -> bool:
    """Whether `data` is a tuple `(x, y)` or `(x, y, sample_weight)`."""
    return isinstance(data, tuple) and len(data) in (2, 3)


def is_iterator(data: Any) -> bool:
    """Whether `data` can be read once only."""
    return hasattr(data, "__next__") and not hasattr(data, "__getitem__")


def num_images(data: Any) -> int | None:
    """How many images `data` holds, or None if only reading it tells."""
    return len(data[0]) if is_arrays(data) else None


def check(data: Any, bounds: tuple[float, float] | None = None) -> None:
    """Raises an error on data that cannot be used, before any is computed.

    Arrays are looked at in whole, streams as far as they tell without being
    read: their length, and the shapes and dtypes of a `tf.data.Dataset`.

    Args:
        data: See `batches`.
        bounds: Range in which images in arrays must lie, or `None`.
    """
    if is_arrays(data):
        _check_arrays(data[0], data[1], bounds)
    elif hasattr(data, "element_spec"):
        _check_dataset(data)
    else:
        check_stream(data)


def check_stream(data: Any) -> None:
    """Raises an error on what is no iterable of batches, or an endless one."""
    if hasattr(data, "cardinality"):
        _check_cardinality(data)
    elif isinstance(data, _INFINITE):
        raise _endless(data)
    elif isinstance(data, (str, bytes, Mapping)) or hasattr(data, "shape"):
        raise _wrong_form(data)
    elif _is_indexed(data):
        if _length(data) == 0:
            raise _empty()
    elif not isinstance(data, Iterable):
        raise _wrong_form(data)


def check_labels(data: Any, num_classes: int) -> None:
    """Raises an error on wrong labels in arrays, before any image is used."""
    if is_arrays(data):
        checks.check_labels(data[1], len(data[0]), num_classes, NAMES[1])


def batches(
    data: Any, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields pairs of arrays, each of `batch_size` images but the last.

    Args:
        data: Tuple `(x, y)` of arrays or tensors, or an iterable of batches
            `(x, y)` or `(x, y, sample_weight)`: a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, a generator function's result. Weights
            are left out.
        batch_size: Positive integer, whatever the batches of `data` are.
    """
    check(data)
    yield from _rebatched(pairs(data, batch_size), batch_size)


def image_batches(data: Any, batch_size: int) -> Iterator[np.ndarray]:
    """Yields arrays of `batch_size` images, the last one perhaps of fewer.

    Args:
        data: What `batches` takes, or the images alone: an array, a tensor, a
            list of images, or an iterable of batches.
        batch_size: Positive integer, whatever the batches of `data` are.
    """
    for x, _ in _rebatched(_unlabelled(data, batch_size), batch_size):
        yield x


def _unlabelled(
    data: Any, batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of images and zeros."""
    if is_arrays(data):
        data = data[0]
    if isinstance(data, list) and not (data and isinstance(data[0], tuple)):
        data = _numbers(data, 0)
    if hasattr(data, "shape"):
        parts: Iterable[Any] = (
            data[first : first + batch_size]
            for first in range(0, len(data), batch_size)
        )
    else:
        check_stream(data)
        parts = (
            element[0] if isinstance(element, tuple) else element
            for element in _elements(data)
        )
    for part in parts:
        x = _numbers(part, 0)
        if x.ndim < 2:
            raise _not_batched(x.shape, None)
        yield x, np.zeros(len(x))


def _rebatched(
    parts: Iterable[tuple[np.ndarray, np.ndarray]], batch_size: int
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of arrays of `batch_size` rows, the last one perhaps of fewer."""
    waiting: list[tuple[np.ndarray, np.ndarray]] = []
    count = total = 0
    for x, y in parts:
        waiting.append((x, y))
        count += len(x)
        total += len(x)
        if count < batch_size:
            continue
        xs, ys = _join(waiting)
        whole = count - count % batch_size
        for first in range(0, whole, batch_size):
            last = first + batch_size
            yield xs[first:last], ys[first:last]
        waiting, count = [(xs[whole:], ys[whole:])], count - whole
    if count:
        yield _join(waiting)
    if not total:
        raise _empty()


def _join(parts):
    parts = [part for part in parts if len(part[0])]
    if len(parts) == 1:
        return parts[0]
    xs, ys = zip(*parts, strict=True)
    return np.concatenate(xs), np.concatenate(ys)


def pairs(
    data: Any, batch_size: int = 128
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields images and labels in the batches of `data` itself.

    Args:
        data: See `batches`.
        batch_size: How many rows of a tuple of arrays to yield at a time.
    """
    if is_arrays(data):
        x, y = data[:2]
        for first in range(0, len(x), batch_size):
            last = first + batch_size
            yield _numbers(x[first:last], 0), checks.as_array(y[first:last])
        return
    for element in _elements(data):
        _check_pair(element)
        x, y = _numbers(element[0], 0), checks.as_array(element[1])
        if x.ndim < 2 or y.ndim < 1 or len(x) != len(y):
            raise _not_batched(x.shape, y.shape)
        yield x, y


def _elements(data: Any) -> Iterable[Any]:
    if hasattr(data, "as_numpy_iterator"):
        return data.as_numpy_iterator()
    if _is_indexed(data):
        # A `PyDataset` does not stop by itself.
        return (data[i] for i in range(_length(data)))
    return data


def _is_indexed(data: Any) -> bool:
    return isinstance(data, keras.utils.PyDataset) or (
        hasattr(data, "__getitem__") and hasattr(data, "__len__")
    )


def _length(data: Any) -> int:
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


def _check_arrays(x: Any, y: Any, bounds: Any) -> None:
    _check_parts(x, y)
    for part, name in zip((x, y), NAMES, strict=True):
        if not hasattr(part, "shape") and not isinstance(part, (list, tuple)):
            raise TypeError(
                f"{name} must be an array, a tensor or a list. Received: "
                f"{type(part).__name__}"
            )
        if getattr(part, "shape", (1,)) == ():
            raise ValueError(f"{name} must be many. Received: one number")
    if len(x) != len(y):
        several = ""
        if isinstance(x, (list, tuple)) and len(x) < 5:
            several = "; a model of several inputs cannot be measured"
        raise ValueError(
            "`data` must hold as many labels as images. Received: "
            f"{len(x)} images and {len(y)} labels{several}"
        )
    if not len(x):
        raise _empty()
    checks.check_label_dtype(checks.as_array(y), NAMES[1])
    if isinstance(x, (list, tuple)):
        x = _numbers(x, 0)
    first_image = _numbers(x[:1], 0)
    if first_image.ndim < 2:
        raise ValueError(
            f"{NAMES[0]} must have shape (batch, ...). "
            f"Received: x.shape={(len(x), *first_image.shape[1:])}"
        )
    # The pixels of a file are looked at as they are read.
    in_memory = isinstance(x, np.ndarray) and not isinstance(x, np.memmap)
    if bounds is not None and (in_memory or ops.is_tensor(x)):
        for first in range(0, len(x), 1024):
            part = x[first : first + 1024]
            checks.check_images(part, bounds, NAMES[0], first)


def _check_dataset(data: Any) -> None:
    """Looks at the shapes and the length that a `tf.data.Dataset` tells."""
    spec = data.element_spec
    _check_pair(spec)
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
        raise _not_batched(tuple(x), tuple(y))
    if hasattr(data, "cardinality"):
        _check_cardinality(data)


def _check_cardinality(data: Any) -> None:
    cardinality = int(data.cardinality())
    if cardinality == -1:
        raise _endless(data)
    if cardinality == 0:
        raise _empty()


def _check_pair(element: Any) -> None:
    """Raises an error unless an element of a stream is images and labels."""
    if isinstance(element, Mapping):
        raise ValueError(
            "`data` must yield pairs `(x, y)` of images and labels; take them "
            "out of the dict, with `data.map(...)` for example. Received: a "
            f"dict with the keys {_keys(element)}"
        )
    if not isinstance(element, (tuple, list)) or len(element) not in (2, 3):
        many = ""
        if isinstance(element, (tuple, list)):
            many = f" of length {len(element)}"
        elif hasattr(element, "shape"):
            many = ". Two arrays belong into a tuple `(x, y)`, not a list"
        raise ValueError(
            "`data` must yield pairs `(x, y)` of images and labels. "
            f"Received: an element of type {type(element).__name__}"
            f" without labels{many}"
        )
    _check_parts(*element[:2])


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
                f"{name} must be one array; a model of several inputs or "
                f"outputs cannot be measured. Received: {what}"
            )
    if y is None:
        raise ValueError(
            "`data` must hold as many labels as images. Received: no labels"
        )


def _numbers(value: Any, part: int) -> np.ndarray:
    return checks.check_numbers(value, NAMES[part])


def _keys(mapping: Mapping) -> list[str]:
    return sorted(map(str, mapping))


def _empty() -> ValueError:
    return ValueError(
        "`data` must hold at least one batch of images. Received: no image"
    )


def _endless(data: Any) -> ValueError:
    return ValueError(
        "`data` must end: leave `repeat()` out, or add `take(...)`; a "
        "`PyDataset` needs a length. Received: an infinite "
        f"{type(data).__name__}"
    )


def _not_batched(x: Any, y: Any) -> ValueError:
    return ValueError(
        "`data` must yield batches, as many labels as images; call "
        f"`data.batch(...)` first. Received: x.shape={x}, y.shape={y}"
    )


def _wrong_form(data: Any) -> TypeError:
    return TypeError(
        f"`data` must be {_FORMS}. Received: data of type "
        f"{type(data).__name__}, {str(data)[:80]}"
    )
