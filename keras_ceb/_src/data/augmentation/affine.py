"""Rotation, shear and translation, pixel for pixel Pillow's.

Pillow steps over an image in 16.16 fixed-point arithmetic and takes the nearest
pixel. So the six coefficients of a transform are integers, and one gather
transforms a batch, each image with its own coefficients.

Reference: Pillow's `Image.rotate` and `Image.transform` with `AFFINE` and
`NEAREST`, the operations of the AutoAugment authors.
"""

import math

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor


def matrix(
    operation: str, magnitude: float, height: int, width: int
) -> tuple[float, ...]:
    """The coefficients (a, b, c, d, e, f) of a transform.

    Output pixel (x, y) shows input pixel (a x + b y + c, d x + e y + f).

    Args:
        operation: `"Rotate"`, `"ShearX"`, `"ShearY"`, `"TranslateX"` or
            `"TranslateY"`.
        magnitude: Degrees counterclockwise about the center, a shear, or
            pixels.
        height: Height of the images, pixels.
        width: Width of the images, pixels.
    """
    if operation == "Rotate":
        angle = -math.radians(magnitude % 360)
        cos, sin = round(math.cos(angle), 15), round(math.sin(angle), 15)
        x, y = width / 2, height / 2
        return (
            cos,
            sin,
            x - cos * x - sin * y,
            -sin,
            cos,
            y + sin * x - cos * y,
        )
    return {
        "ShearX": (1.0, magnitude, 0.0, 0.0, 1.0, 0.0),
        "ShearY": (1.0, 0.0, 0.0, magnitude, 1.0, 0.0),
        "TranslateX": (1.0, 0.0, magnitude, 0.0, 1.0, 0.0),
        "TranslateY": (1.0, 0.0, 0.0, 0.0, 1.0, magnitude),
    }[operation]


def fixed_point(coefficients: tuple[float, ...]) -> np.ndarray:
    """A matrix in units of 2^-16, from pixel center to pixel center.

    Returns:
        int32, [6].
    """
    a, b, c, d, e, f = coefficients
    centered = (a, b, c + (a + b) / 2, d, e, f + (d + e) / 2)
    return np.floor(np.multiply(centered, 65536) + 0.5).astype("int32")


def transform(images: Tensor, coefficients: Tensor, fill: np.ndarray) -> Tensor:
    """Transforms each image by its own coefficients.

    Args:
        images: Uint8, [n, height, width, channels].
        coefficients: Int32, [n, 6], from `fixed_point`.
        fill: Uint8, [channels], the color of vacated pixels.
    """
    height, width, channels = images.shape[1:]
    size = ops.shape(images)[0]
    x = ops.arange(width, dtype="int32")[None, None]
    y = ops.arange(height, dtype="int32")[None, :, None]
    a, b, c, d, e, f = (coefficients[:, i, None, None] for i in range(6))
    column = ops.right_shift(a * x + (b * y + c), 16)
    row = ops.right_shift(d * x + (e * y + f), 16)
    inside = ops.logical_and(
        ops.logical_and(column >= 0, column < width),
        ops.logical_and(row >= 0, row < height),
    )
    first = height * width * ops.arange(size, dtype="int32")
    source = ops.where(inside, row * width + column, 0) + first[:, None, None]
    pixels = ops.reshape(images, (-1, channels))
    moved = backend.gather(pixels, source)
    return ops.where(inside[..., None], moved, fill)
