"""The random patterns of the Square attack, on `[n, height, width, channels]`.

Masks and closed forms replace the slices of the original, so that the size of
the square may change between queries without another compilation.

Reference: Andriushchenko et al., 2020, "Square Attack", Algorithms 2 and 3.
"""

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.typing import Tensor

# After these queries the share of the pixels that change is halved.
_HALVED_AFTER = (10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000)

_TINY = 1e-12


def side(
    query: Tensor, share: float, height: int, width: int, norm: str
) -> Tensor:
    """The side of the square in a query, int32 scalar tensor."""
    after = ops.convert_to_tensor(_HALVED_AFTER, dtype="int32")
    halvings = ops.sum(ops.cast(ops.greater(query, after), "float32"))
    pixels = share * height * width * 0.5**halvings
    size = ops.cast(ops.round(ops.sqrt(pixels)), "int32")
    if norm == "l2":
        # Odd, so that the bump has a center.
        size = ops.maximum(size, 3)
        size = size + 1 - ops.mod(size, 2)
    return ops.clip(size, 1, min(height, width))


def _coordinates(uniform: Tensor, size: Tensor, extent: int) -> Tensor:
    """`[n, extent]` coordinates relative to a random corner in range."""
    free = ops.cast(extent - size + 1, "float32")
    corner = ops.cast(ops.floor(uniform * free), "int32")
    return ops.arange(extent, dtype="int32")[None, :] - corner[:, None]


def window(
    u: Tensor, v: Tensor, size: Tensor, height: int, width: int
) -> Tensor:
    """`[n, height, width]` mask of a square at the random position (u, v)."""
    rows = _coordinates(u, size, height)
    columns = _coordinates(v, size, width)
    inside_rows = ops.logical_and(rows >= 0, rows < size)
    inside_columns = ops.logical_and(columns >= 0, columns < size)
    return ops.logical_and(inside_rows[:, :, None], inside_columns[:, None, :])


def stripes(keys: Tensor, stream: Tensor, width: int, channels: int) -> Tensor:
    """Vertical stripes of -1 and 1, `[n, 1, width, channels]`."""
    return _sign(random.uniform(keys, (1, width, channels), stream))


def _sign(draw: Tensor) -> Tensor:
    return ops.where(draw < 0.5, -1.0, 1.0)


def square(
    query: Tensor, share: float, draws: Tensor, height: int, width: int
) -> Tensor:
    """A square of one random sign per channel, zero elsewhere.

    Args:
        query: Integer scalar tensor.
        share: Share of the pixels that the first squares cover.
        draws: `[n, 2 + channels]` uniform numbers.
        height: Integer.
        width: Integer.

    Returns:
        `[n, height, width, channels]` values -1, 0 or 1.
    """
    size = side(query, share, height, width, "linf")
    mask = window(draws[:, 0], draws[:, 1], size, height, width)
    mask = ops.cast(mask, "float32")[..., None]
    return mask * _sign(draws[:, 2:])[:, None, None, :]


def _length(values: Tensor) -> Tensor:
    """The Euclidean norm over rows and columns, with both axes kept."""
    return ops.sqrt(ops.sum(ops.square(values), axis=(1, 2), keepdims=True))


def _bump_half(
    rows: Tensor,
    columns: Tensor,
    num_rows: Tensor,
    num_columns: Tensor,
    limit: int,
) -> Tensor:
    """Nested rectangles around the center of a block, each layer 1/k^2.

    The sum over the layers that cover a pixel is T(m) - T(d), with T the
    partial sums of 1/k^2, d the Chebyshev distance of the pixel from the
    center, and m the number of layers.
    """
    partial = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, limit) ** 2)])
    partial = ops.convert_to_tensor(partial.astype("float32"))
    layers = ops.maximum(num_rows // 2, num_columns // 2) + 1
    distance = ops.maximum(
        ops.abs(rows - num_rows // 2), ops.abs(columns - num_columns // 2)
    )
    distance = ops.minimum(distance, layers)
    value = ops.take(partial, layers) - ops.take(partial, distance)
    inside = ops.logical_and(
        ops.logical_and(rows >= 0, rows < num_rows),
        ops.logical_and(columns >= 0, columns < num_columns),
    )
    value = ops.where(inside, value, 0.0)
    return value / (_length(value) + _TINY)


def bump(
    rows: Tensor, columns: Tensor, size: Tensor, upright: Tensor
) -> Tensor:
    """A pattern of unit norm with a positive and a negative half.

    Args:
        rows: `[n, height]` rows relative to the corner of the square.
        columns: `[n, width]` columns relative to the corner.
        size: Integer scalar tensor, the side of the square.
        upright: `[n]` booleans: halves one above the other, or side by side.

    Returns:
        `[n, height, width]` float32 values, zero outside the square.
    """
    height, width = rows.shape[1], columns.shape[1]
    rows = ops.broadcast_to(
        rows[:, :, None], (ops.shape(rows)[0], height, width)
    )
    columns = ops.broadcast_to(
        columns[:, None, :], (ops.shape(columns)[0], height, width)
    )
    upright = upright[:, None, None]
    along = ops.where(upright, rows, columns)
    across = ops.where(upright, columns, rows)
    limit = max(height, width) + 3
    half = size // 2
    first = _bump_half(along, across, half, size, limit)
    second = _bump_half(along - half, across, size - half, size, limit)
    value = first - second
    return value / (_length(value) + _TINY)


def tiles(
    keys: Tensor, stream: Tensor, height: int, width: int, channels: int
) -> Tensor:
    """The L2 start: a grid of bumps, each of random sign and orientation."""
    size = max(min(height, width) // 5, 1)
    first_row = (height - 5 * size) // 2 if height >= 5 * size else 0
    first_column = (width - 5 * size) // 2 if width >= 5 * size else 0
    # The grid has 5 x 5 tiles, or as many as fit.
    down, across = min(5, height // size), min(5, width // size)
    draws = random.uniform(keys, (down * across, channels + 1), stream)
    draws = ops.reshape(draws, (-1, down, 1, across, 1, channels + 1))
    place = ops.broadcast_to(ops.arange(size, dtype="int32")[None], (2, size))
    patterns = bump(
        place,
        place,
        ops.convert_to_tensor(size, dtype="int32"),
        ops.convert_to_tensor([True, False]),
    )
    # [batch, tiles down, rows of a tile, tiles across, columns, channels].
    pattern = ops.where(
        draws[..., :1] < 0.5,
        patterns[0][None, None, :, None, :, None],
        patterns[1][None, None, :, None, :, None],
    )
    grid = pattern * _sign(draws[..., 1:])
    rows, columns = down * size, across * size
    grid = ops.reshape(grid, (-1, rows, columns, channels))
    after_row = height - first_row - rows
    after_column = width - first_column - columns
    return ops.pad(
        grid,
        ((0, 0), (first_row, after_row), (first_column, after_column), (0, 0)),
    )


def move_mass(
    delta: Tensor, query: Tensor, share: float, draws: Tensor, eps: Tensor
) -> Tensor:
    """Moves the mass of one random window of `delta` into another one.

    Args:
        delta: `[n, height, width, channels]` perturbation.
        query: Integer scalar tensor.
        share: Share of the pixels that the first windows cover.
        draws: `[n, 5 + channels]` uniform numbers.
        eps: Scalar, the L2 radius.

    Returns:
        The new perturbation, not yet scaled to length `eps`.
    """
    height, width, channels = delta.shape[1:]
    size = side(query, share, height, width, "l2")
    rows = _coordinates(draws[:, 0], size, height)
    columns = _coordinates(draws[:, 1], size, width)
    to = window(draws[:, 0], draws[:, 1], size, height, width)[..., None]
    away = window(draws[:, 2], draws[:, 3], size, height, width)[..., None]

    old = ops.where(to, delta, 0.0)
    moved = _length(ops.where(ops.logical_or(to, away), delta, 0.0))
    total = ops.sum(ops.square(delta), axis=(1, 2, 3), keepdims=True)
    spare = ops.maximum(eps**2 - total, 0.0) / channels
    pattern = bump(rows, columns, size, draws[:, 4] < 0.5)[..., None]
    new = pattern * _sign(draws[:, 5:])[:, None, None, :]
    new = new + old / (_length(old) + _TINY)
    new = new / (_length(new) + _TINY) * ops.sqrt(spare + moved**2)
    return ops.where(to, new, ops.where(away, 0.0, delta))
