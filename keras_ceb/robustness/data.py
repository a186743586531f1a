"""Labelled images in batches, from any form in which Keras users hold them."""

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import numpy as np
from keras import ops


def num_images(data: Any) -> int | None:
    """How many images `data` holds, or None if only reading it tells."""
    if isinstance(data, tuple) and len(data) in (2, 3):
        return len(data[0])
    return None


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
    waiting: list[tuple[np.ndarray, np.ndarray]] = []
    count = 0
    for x, y in _pairs(data, batch_size):
        waiting.append((x, y))
        count += len(x)
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


def _join(pairs):
    pairs = [pair for pair in pairs if len(pair[0])]
    if len(pairs) == 1:
        return pairs[0]
    xs, ys = zip(*pairs, strict=True)
    return np.concatenate(xs), np.concatenate(ys)


def _pairs(data: Any, batch_size: int) -> Iterator[tuple[Any, Any]]:
    if isinstance(data, tuple) and len(data) in (2, 3):
        x, y = data[:2]
        if y is None or len(x) != len(y):
            raise ValueError(
                "`data` must hold as many labels as images. Received: "
                f"{len(x)} images and {0 if y is None else len(y)} labels"
            )
        for first in range(0, len(x), batch_size):
            last = first + batch_size
            yield _array(x[first:last]), _array(y[first:last])
        return
    empty = True
    for element in _elements(data):
        if not isinstance(element, (tuple, list)) or len(element) < 2:
            raise ValueError(
                "`data` must yield pairs `(x, y)` of images and labels. "
                f"Received: an element of type {type(element).__name__}"
                " without labels"
            )
        x, y = _array(element[0]), _array(element[1])
        if x.ndim < 2 or len(x) != y.size and len(x) != len(y):
            raise ValueError(
                "`data` must yield batches; call `data.batch(...)` first. "
                f"Received: x.shape={x.shape}, y.shape={y.shape}"
            )
        empty = False
        yield x, y
    if empty:
        raise ValueError("`data` must hold at least one batch of images.")


def _elements(data: Any) -> Iterable[Any]:
    if hasattr(data, "as_numpy_iterator"):
        return data.as_numpy_iterator()
    if hasattr(data, "__getitem__") and hasattr(data, "__len__"):
        # A `PyDataset` does not stop by itself.
        return (data[i] for i in range(len(data)))
    if not isinstance(data, Iterable):
        raise TypeError(
            "`data` must be a tuple `(x, y)` or an iterable of such batches. "
            f"Received: data={data!r} (type {type(data).__name__})"
        )
    return data


def _array(value: Any) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    return np.asarray(ops.convert_to_numpy(value))
