"""Spatter: drops of water or mud on the lens."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

# Three rows of weights.
Kernel: TypeAlias = tuple[tuple[float, ...], ...]

_WATER = (175, 238, 238)
_MUD = (63, 42, 20)

# Distances to the rim of a drop are cut off here.
_FAR = 20
_EMBOSS = ((-2, -1, 0), (-1, 1, 1), (0, 1, 2))

# Chamfer weights of the 5 x 5 neighborhood for the Euclidean distance.
_CHAMFER = {(0, 1): 1.0, (1, 1): 1.4, (1, 2): 2.1969}


def spatter(
    x: Tensor,
    keys: Tensor,
    mean: float,
    scale: float,
    sigma: float,
    threshold: float,
    strength: float,
    mud: int,
) -> Tensor:
    """Drops cut from smoothed noise.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255. Gray
            images get the luminance of the drops.
        keys: uint32 tensor, [batch, 2].
        mean, scale: Mean and standard deviation of the normal noise from
            which the drops are cut.
        sigma: Of the Gaussian that smooths the noise, in pixels.
        threshold: Smoothed noise below it forms no drop.
        strength: Of water, the largest change; of mud, the sigma in pixels
            that softens the rims.
        mud: 1 for opaque mud, 0 for bright water.
    """
    height, width, channels = x.shape[1:]
    liquid = random.normal(keys, (height, width, 1)) * scale + mean
    liquid = filters.gaussian_filter(liquid, sigma)
    liquid = ops.where(liquid < threshold, 0.0, liquid)
    if mud:
        mask = ops.cast(liquid > threshold, "float32")
        mask = filters.gaussian_filter(mask, strength)
        mask = ops.where(mask < 0.8, 0.0, mask)
        return x * (1 - mask) + mask * _color(_MUD, channels)
    liquid = ops.floor(255 * ops.clip(liquid, 0, 1))[..., 0]
    relief = emboss_distance(liquid)
    mask = (liquid * relief)[..., None]
    largest = ops.max(mask, axis=(1, 2), keepdims=True)
    mask = mask * (strength / ops.maximum(largest, 1e-6))
    return x + mask * _color(_WATER, channels)


def emboss_distance(liquid: Tensor) -> Tensor:
    """A relief of the drops from the distance to their rims.

    Args:
        liquid: float32 tensor, [batch, height, width], whole levels 0 to 255.

    Returns:
        float32 tensor, [batch, height, width].
    """
    distance = ops.minimum(_distance(edges(liquid, 50, 150)), float(_FAR))
    distance = ops.round(_box(distance))
    distance = _equalize(distance)
    relief = _correlate3(distance, _EMBOSS)
    return ops.round(_box(ops.clip(relief, 0, 255)))


def edges(image: Tensor, low: float, high: float) -> Tensor:
    """Canny's edges of gray images, bool, without smoothing.

    Sobel gradients with L1 magnitude; thinned across the edge; weak edges
    count where they touch strong ones.

    Args:
        image: float32 tensor, [batch, height, width].
        low, high: Thresholds of the magnitude.

    Reference: Canny, 1986, "A computational approach to edge detection".
    """
    dx = _correlate3(image, ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1)), "edge")
    dy = _correlate3(image, ((-1, -2, -1), (0, 0, 0), (1, 2, 1)), "edge")
    size = ops.abs(dx) + ops.abs(dy)
    around = _neighbors(size, lambda t: ops.pad(t, ((0, 0), (1, 1), (1, 1))))
    tangent = 0.4142135623730951
    flat = ops.abs(dy) < tangent * ops.abs(dx)
    steep = ops.abs(dy) > (2 + tangent) * ops.abs(dx)
    same_sign = dx * dy >= 0
    across = ops.logical_and(size > around[0, -1], size >= around[0, 1])
    along = ops.logical_and(size > around[-1, 0], size >= around[1, 0])
    falling = ops.logical_and(size > around[-1, -1], size > around[1, 1])
    rising = ops.logical_and(size > around[-1, 1], size > around[1, -1])
    peak = ops.where(same_sign, falling, rising)
    peak = ops.where(flat, across, ops.where(steep, along, peak))
    weak = ops.logical_and(peak, size > low)
    strong = ops.logical_and(peak, size > high)

    def grow(strong: Tensor, changed: Tensor) -> tuple[Tensor, Tensor]:
        grown = ops.logical_and(_dilate(strong), weak)
        return grown, ops.any(ops.not_equal(grown, strong))

    strong, _ = ops.while_loop(
        lambda strong, changed: changed, grow, (strong, ops.any(strong))
    )
    return strong


def _color(color: tuple[int, ...], channels: int) -> Tensor:
    result = np.array(color, "float32")
    if channels == 1:
        result = result @ np.array([[0.299], [0.587], [0.114]], "float32")
    return ops.convert_to_tensor(result)


def _neighbors(
    x: Tensor, pad: Callable[[Tensor], Tensor]
) -> dict[tuple[int, int], Tensor]:
    """The 3 x 3 shifted copies of [batch, height, width]."""
    height, width = x.shape[1:]
    padded = pad(x)
    return {
        (i, j): padded[:, 1 + i : 1 + i + height, 1 + j : 1 + j + width]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    }


def _padder(mode: filters.Mode, reach: int = 1) -> Callable[[Tensor], Tensor]:
    return lambda x: filters.pad(
        filters.pad(x, 1, reach, reach, mode), 2, reach, reach, mode
    )


def _correlate3(
    x: Tensor, kernel: Kernel, mode: filters.Mode = "reflect"
) -> Tensor:
    around = _neighbors(x, _padder(mode))
    return sum(
        around[i - 1, j - 1] * float(kernel[i][j])
        for i in range(3)
        for j in range(3)
        if kernel[i][j]
    )


def _box(x: Tensor) -> Tensor:
    """Means over 3 x 3 pixels."""
    return _correlate3(x, ((1, 1, 1),) * 3) / 9


def _dilate(x: Tensor) -> Tensor:
    around = _neighbors(
        ops.cast(x, "int32"), lambda t: ops.pad(t, ((0, 0), (1, 1), (1, 1)))
    )
    return sum(around.values()) > 0


def _distance(edge: Tensor) -> Tensor:
    """The chamfer distance to the nearest edge, cut off at `_FAR`."""
    height, width = edge.shape[1:]
    start = ops.where(edge, 0.0, float(_FAR + 3))
    moves = {
        (si * a, sj * b): weight
        for (i, j), weight in _CHAMFER.items()
        for a, b in ((i, j), (j, i))
        for si in (-1, 1)
        for sj in (-1, 1)
    }

    def relax(distance: Tensor) -> Tensor:
        padded = ops.pad(
            distance, ((0, 0), (2, 2), (2, 2)), constant_values=_FAR + 3.0
        )
        for (i, j), weight in moves.items():
            shifted = padded[:, 2 + i : 2 + i + height, 2 + j : 2 + j + width]
            distance = ops.minimum(distance, shifted + weight)
        return distance

    # No shortest path below the cut-off has more steps.
    return ops.fori_loop(0, _FAR, lambda step, d: relax(d), start)


def _equalize(x: Tensor) -> Tensor:
    """Histogram equalization of whole levels 0 to `_FAR`, to 0 to 255."""
    levels = np.arange(_FAR + 1, dtype="float32")
    counts = ops.stack(
        [ops.sum(ops.cast(x == v, "float32"), axis=(1, 2)) for v in levels],
        axis=1,
    )
    total = ops.sum(counts, axis=1, keepdims=True)
    below = ops.cumsum(counts, axis=1)
    # The lowest level present maps to 0, the highest to 255.
    present = counts > 0
    first = ops.argmax(ops.cast(present, "int32"), axis=1)[:, None]
    lowest = ops.take_along_axis(counts, first, axis=1)
    scale = 255 / ops.maximum(total - lowest, 1)
    table = ops.round((below - lowest) * scale)
    # An image with a single level stays unchanged.
    table = ops.where(total == lowest, levels[None], table)
    table = ops.maximum(table, 0.0)
    return sum(
        ops.where(x == level, table[:, index, None, None], 0.0)
        for index, level in enumerate(levels)
    )


RECORDS = (
    Corruption(
        "spatter",
        17,
        "weather",
        spatter,
        {
            IMAGENET_C: (
                (0.65, 0.3, 4, 0.69, 0.6, 0),
                (0.65, 0.3, 3, 0.68, 0.6, 0),
                (0.65, 0.3, 2, 0.68, 0.5, 0),
                (0.65, 0.3, 1, 0.65, 1.5, 1),
                (0.67, 0.4, 1, 0.65, 1.5, 1),
            ),
            CIFAR10_C: (
                (0.62, 0.1, 0.7, 0.7, 0.5, 0),
                (0.65, 0.1, 0.8, 0.7, 0.5, 0),
                (0.65, 0.3, 1, 0.69, 0.5, 0),
                (0.65, 0.1, 0.7, 0.69, 0.6, 1),
                (0.65, 0.1, 0.5, 0.68, 0.6, 1),
            ),
        },
    ),
)
