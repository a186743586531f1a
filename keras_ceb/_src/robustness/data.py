"""Reads labeled images in batches, in every form that Keras takes."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import TypeAlias

import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data_checks

# Images and labels.
Pair: TypeAlias = tuple[np.ndarray, np.ndarray]


def num_images(data: Any) -> int | None:
    """How many images `data` holds; None if only reading it tells."""
    return len(data[0]) if data_checks.is_arrays(data) else None


def batches(data: Any, batch_size: int) -> Iterator[Pair]:
    """Yields batches of `batch_size` images; the last one may be smaller.

    Args:
        data: Tuple `(x, y)` of arrays or tensors, or an iterable of batches
            `(x, y)` or `(x, y, sample_weight)`: a `tf.data.Dataset`, a
            `keras.utils.PyDataset`, a PyTorch `DataLoader`, a generator.
            Weights are ignored.
        batch_size: Positive integer, independent of the batch size of `data`.
    """
    data_checks.check(data)
    yield from _rebatched(pairs(data, batch_size), batch_size)


def image_batches(data: Any, batch_size: int) -> Iterator[np.ndarray]:
    """Yields batches of `batch_size` images; the last one may be smaller.

    Args:
        data: As for `batches`, or the images alone: an array, a tensor, a
            list of images, or an iterable of batches.
        batch_size: Positive integer, independent of the batch size of `data`.
    """
    for x, _ in _rebatched(_unlabeled(data, batch_size), batch_size):
        yield x


def pairs(data: Any, batch_size: int = 128) -> Iterator[Pair]:
    """Yields images and labels in the batches of `data` itself.

    Args:
        data: See `batches`.
        batch_size: How many rows of a tuple of arrays to yield at a time.
    """
    if data_checks.is_arrays(data):
        x, y = data[:2]
        for first in range(0, len(x), batch_size):
            rows = slice(first, first + batch_size)
            yield data_checks.check_images(x[rows]), checks.as_array(y[rows])
        return
    for element in _elements(data):
        data_checks.check_pair(element)
        x = data_checks.check_images(element[0])
        y = checks.as_array(element[1])
        if x.ndim < 2 or y.ndim < 1 or len(x) != len(y):
            raise data_checks.not_batched(x.shape, y.shape)
        yield x, y


def _unlabeled(data: Any, batch_size: int) -> Iterator[Pair]:
    """Images, with zeros for labels."""
    if data_checks.is_arrays(data):
        data = data[0]
    if isinstance(data, list) and not (data and isinstance(data[0], tuple)):
        data = data_checks.check_images(data)
    if hasattr(data, "shape"):
        parts: Iterable[Any] = (
            data[first : first + batch_size]
            for first in range(0, len(data), batch_size)
        )
    else:
        data_checks.check_stream(data)
        parts = (
            element[0] if isinstance(element, tuple) else element
            for element in _elements(data)
        )
    for part in parts:
        x = data_checks.check_images(part)
        if x.ndim < 2:
            raise data_checks.not_batched(x.shape, None)
        yield x, np.zeros(len(x))


def _rebatched(parts: Iterable[Pair], batch_size: int) -> Iterator[Pair]:
    """The rows of `parts` in batches of `batch_size`."""
    waiting: list[Pair] = []
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
        raise data_checks.no_images()


def _join(parts: list[Pair]) -> Pair:
    parts = [part for part in parts if len(part[0])]
    if len(parts) == 1:
        return parts[0]
    xs, ys = zip(*parts, strict=True)
    return np.concatenate(xs), np.concatenate(ys)


def _elements(data: Any) -> Iterable[Any]:
    """The batches of a stream."""
    elements: Iterable[Any] = data
    if hasattr(data, "as_numpy_iterator"):
        elements = data.as_numpy_iterator()
    elif data_checks.is_indexed(data):
        # Iteration over a `PyDataset` does not stop at its length.
        numbers = range(data_checks.num_batches(data))
        elements = (data[number] for number in numbers)
    return elements
