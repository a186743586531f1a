"""Pixelation."""

import math

import numpy as np
from keras import ops

from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

# Pillow's fixed point: weights are whole multiples of 2^-22.
_PRECISION = 22


def pixelate(x: Tensor, keys: Tensor, scale: float) -> Tensor:
    """Shrinks by averaging over boxes, then enlarges, as Pillow does.

    Bit-exact with Pillow's `resize` with the box filter: fixed-point weights,
    horizontal before vertical, 8 bits in between. Float images are rounded to
    8 bits.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255.
        keys: Not used.
        scale: The small image is int(side * scale) pixels wide and high.
    """
    height, width = x.shape[1:3]
    small = (int(height * scale), int(width * scale))
    x = ops.cast(ops.round(x), "uint8")
    # The averaged axis comes first: columns, then rows.
    across = box_weights(width, small[1])
    down = box_weights(height, small[0])
    x = filters.staged(lambda x: ops.transpose(x, (0, 2, 3, 1)), x)
    x = filters.staged(lambda x: _average(x, *across), x)
    x = filters.staged(lambda x: ops.transpose(x, (0, 3, 1, 2)), x)
    x = filters.staged(lambda x: _average(x, *down), x)
    # Enlarging with a box of less than a pixel repeats pixels.
    x = ops.take(x, box_weights(small[1], width)[0][:, 0], axis=2)
    x = ops.take(x, box_weights(small[0], height)[0][:, 0], axis=1)
    return ops.cast(x, "float32")


def box_weights(size: int, target: int) -> tuple[np.ndarray, np.ndarray]:
    """What each output of Pillow's box filter reads along one axis.

    Returns:
        Two int32 arrays, [target, taps]: the places, and their weights in
        units of 2^-22.
    """
    scale = size / target
    support = 0.5 * max(scale, 1.0)
    places, weights = [], []
    for output in range(target):
        center = (output + 0.5) * scale
        low = max(int(center - support + 0.5), 0)
        high = min(int(center + support + 0.5), size)
        steps = (np.arange(low, high) - center + 0.5) / max(scale, 1.0)
        inside = ((steps > -0.5) & (steps <= 0.5)).astype("float64")
        weights.append(inside / inside.sum())
        places.append(np.arange(low, high))
    taps = max(len(row) for row in weights)
    table = np.zeros((2, target, taps), "int32")
    for output, (place, weight) in enumerate(zip(places, weights, strict=True)):
        table[0, output] = np.resize(place, taps)
        fixed = (weight * (1 << _PRECISION) + 0.5).astype("int32")
        table[1, output, : len(fixed)] = fixed
    return table[0], table[1]


def _average(x: Tensor, places: np.ndarray, weights: np.ndarray) -> Tensor:
    """Weighted means along axis 1 in fixed point, uint8."""
    total: Tensor = 1 << (_PRECISION - 1)
    for tap in range(places.shape[1]):
        read = ops.cast(ops.take(x, places[:, tap], axis=1), "int32")
        weight = ops.convert_to_tensor(weights[:, tap][:, None, None])
        total = total + read * weight
    return ops.cast(ops.right_shift(total, _PRECISION), "uint8")


RECORDS = (
    Corruption(
        "pixelate",
        13,
        "digital",
        pixelate,
        {
            IMAGENET_C: (0.6, 0.5, 0.4, 0.3, 0.25),
            CIFAR10_C: (0.95, 0.9, 0.85, 0.75, 0.65),
        },
        smallest_side=lambda scale: math.ceil(1 / scale),
    ),
)
