"""Pads batches to one size by repeating their last row."""

from collections.abc import Callable

import numpy as np
from keras import ops
from keras import tree

from keras_ceb._src.typing import Tensors


def num_rows(arrays: Tensors) -> int:
    """The length of the first axis of a nest of arrays."""
    return len(tree.flatten(arrays)[0])


def rows(arrays: Tensors, take: slice | np.ndarray) -> Tensors:
    """The rows `take`, a slice or an array, of each array of a nest."""
    return tree.map_structure(lambda array: array[take], arrays)


def pad(arrays: Tensors, size: int) -> Tensors:
    """Repeats the last row of each array of a nest up to `size` rows."""
    n = num_rows(arrays)
    if n == size:
        return arrays
    return rows(arrays, np.minimum(np.arange(size), n - 1))


def map_batches(
    function: Callable[[Tensors], Tensors],
    arrays: Tensors,
    batch_size: int,
    one_size: bool = True,
) -> Tensors:
    """Applies `function` to batches of `arrays` and joins the results.

    Args:
        function: Function from a nest of arrays with one row per example to
            another such nest.
        arrays: Nest of arrays, at least one row each.
        batch_size: Number of rows per call.
        one_size: Whether to pad every batch to `batch_size` rows, and drop
            the results of the padding. Useful where each number of rows
            needs its own compilation.

    Returns:
        Nest of NumPy arrays.
    """
    n = num_rows(arrays)
    parts = []
    for first in range(0, n, batch_size):
        part = rows(arrays, slice(first, first + batch_size))
        count = num_rows(part)
        found = function(pad(part, batch_size) if one_size else part)
        found = tree.map_structure(ops.convert_to_numpy, found)
        parts.append(rows(found, slice(0, count)))
    if len(parts) == 1:
        return parts[0]
    return tree.map_structure(lambda *p: np.concatenate(p), *parts)
