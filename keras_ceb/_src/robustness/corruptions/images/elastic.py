"""Elastic deformation."""

from collections.abc import Sequence

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

# When the radius exceeds this share of the side, a product with a dense matrix
# is faster than a sum over the taps.
_WIDE = 1 / 8

Row = tuple[float, ...]


def elastic_transform(
    x: Tensor, keys: Tensor, alpha: float, sigma: float, jitter: float
) -> Tensor:
    """A small random affine map, then smoothly random displacements.

    Args:
        x: float32 images, [batch, height, width, channels].
        keys: uint32 tensor, [batch, 2].
        alpha: Factor of the smoothed displacements, in pixels.
        sigma: Of the Gaussian that smooths the displacements, in pixels.
        jitter: Largest move of three points of the image, in pixels.

    Returns:
        Images on the scale of `x`.
    """
    height, width = x.shape[1:3]
    moves = jitter * (2 * random.uniform(keys, (3, 2), stream=0) - 1)
    x = warp_affine(x, moves)
    if alpha == 0:
        return x
    noise = 2 * random.uniform(keys, (height, width, 2), stream=1) - 1
    shift = alpha * _smooth(noise, sigma)
    rows = ops.arange(height, dtype="float32")[:, None]
    columns = ops.arange(width, dtype="float32")
    return sample(x, shift[..., 0] + rows, shift[..., 1] + columns, "symmetric")


def warp_affine(x: Tensor, moves: Tensor) -> Tensor:
    """Warps the images so that three points move by `moves`.

    The points lie around the center, a third of the shorter side away. What
    comes from beyond the border is mirrored without repeating the edge.

    Args:
        x: float32 images, [batch, height, width, channels].
        moves: float tensor, [batch, 3, 2], the (right, down) move of the
            points at (+, +), (+, -) and (-, -) of the center, in pixels.
    """
    height, width = x.shape[1:3]
    # The originals take the center as (rows, columns) where OpenCV reads
    # (x, y); the difference shows only on images that are not square.
    center = np.array([height // 2, width // 2], "float32")
    side = np.float32(min(height, width) // 3)
    signs = np.array([[1, 1], [1, -1], [-1, -1]], "float32")
    points = center + side * signs
    moved = ops.convert_to_tensor(points) + moves
    # The inverse map, output to input: solve for it from the three pairs.
    first = (moved[:, 0] - moved[:, 1]) / (2 * side)
    second = (moved[:, 1] - moved[:, 2]) / (2 * side)
    # moved = A point + t with A = [second, first] as columns.
    a, c = second[:, 0], second[:, 1]
    b, d = first[:, 0], first[:, 1]
    scale = 1 / (a * d - b * c)
    shift = moved[:, 0] - second * points[0, 0] - first * points[0, 1]

    def spread(value: Tensor) -> Tensor:
        return value[:, None, None]

    dx = ops.arange(width, dtype="float32") - spread(shift[:, 0])
    dy = ops.arange(height, dtype="float32")[:, None] - spread(shift[:, 1])
    source_x = spread(d * scale) * dx - spread(b * scale) * dy
    source_y = spread(a * scale) * dy - spread(c * scale) * dx
    return sample(x, source_y, source_x, "reflect")


def sample(x: Tensor, rows: Tensor, columns: Tensor, mode: str) -> Tensor:
    """Bilinear values of the images at given points.

    Args:
        x: float32 images, [batch, height, width, channels].
        rows, columns: float tensors, [batch, height, width], the points.
        mode: `"reflect"` mirrors about the outermost pixels' centers,
            `"symmetric"` about their edges.
    """
    height, width, channels = x.shape[1:]
    flat = ops.reshape(x, (-1, channels))
    count = ops.shape(rows)[0]
    first = ops.arange(count, dtype="int32") * (height * width)
    first = first[:, None, None]
    top, left = ops.floor(rows), ops.floor(columns)
    down, right = (rows - top)[..., None], (columns - left)[..., None]
    top, left = ops.cast(top, "int32"), ops.cast(left, "int32")
    upper = first + _fold(top, height, mode) * width
    lower = first + _fold(top + 1, height, mode) * width
    west, east = _fold(left, width, mode), _fold(left + 1, width, mode)

    def row(start: Tensor) -> Tensor:
        low = ops.take(flat, start + west, axis=0)
        return low + (ops.take(flat, start + east, axis=0) - low) * right

    upper = row(upper)
    return upper + (row(lower) - upper) * down


def _fold(places: Tensor, size: int, mode: str) -> Tensor:
    """Brings integer places back into 0 .. size - 1 by mirroring."""
    if size == 1:
        return ops.zeros_like(places)
    if mode == "reflect":
        places = ops.mod(places, 2 * size - 2)
        return ops.minimum(places, 2 * size - 2 - places)
    places = ops.mod(places, 2 * size)
    return ops.minimum(places, 2 * size - 1 - places)


def _smooth(noise: Tensor, sigma: float) -> Tensor:
    """A Gaussian filter with mirrored borders, cut at 3 sigma."""
    height, width = noise.shape[1:3]
    radius = filters.gaussian_radius(sigma, 3)
    if radius < _WIDE * min(height, width):
        return filters.gaussian_filter(noise, sigma, 3, "symmetric")
    down = _smoothing_matrix(height, sigma, radius)
    across = _smoothing_matrix(width, sigma, radius)
    return ops.stack(
        [
            ops.matmul(ops.matmul(down, noise[..., axis]), across.T)
            for axis in (0, 1)
        ],
        axis=-1,
    )


def _smoothing_matrix(size: int, sigma: float, radius: int) -> np.ndarray:
    """The matrix of the Gaussian filter along one axis, borders mirrored."""
    kernel = filters.gaussian_kernel(sigma, radius)
    places = np.pad(np.arange(size), radius, mode="symmetric")
    matrix = np.zeros((size, size))
    for tap, weight in enumerate(kernel):
        np.add.at(matrix, (np.arange(size), places[tap : tap + size]), weight)
    return matrix.astype("float32")


def _times(side: int, rows: Sequence[Row]) -> tuple[Row, ...]:
    """Parameters in pixels, from those given as shares of `side`."""
    return tuple(tuple(side * share for share in row) for row in rows)


RECORDS = (
    Corruption(
        "elastic_transform",
        12,
        "digital",
        elastic_transform,
        # The originals multiply by 244, not 224, and by 32, whatever the size
        # of the image.
        {
            IMAGENET_C: _times(
                244,
                (
                    (2, 0.7, 0.1),
                    (2, 0.08, 0.2),
                    (0.05, 0.01, 0.02),
                    (0.07, 0.01, 0.02),
                    (0.12, 0.01, 0.02),
                ),
            ),
            CIFAR10_C: _times(
                32,
                (
                    (0, 0, 0.08),
                    (0.05, 0.2, 0.07),
                    (0.08, 0.06, 0.06),
                    (0.1, 0.04, 0.05),
                    (0.1, 0.03, 0.03),
                ),
            ),
        },
        smallest_side=3,
    ),
)
