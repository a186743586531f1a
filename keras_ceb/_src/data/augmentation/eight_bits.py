"""Images of any dtype and range as 8-bit integers, and back."""

import numpy as np
from keras import ops

from keras_ceb._src.data.augmentation.pixel_range import check_dtype
from keras_ceb._src.typing import Tensor


def to_bytes(images: Tensor, value_range: tuple[float, float]) -> Tensor:
    """Images as uint8: floats scaled and rounded, all clipped to 0..255."""
    if "float" in check_dtype(images):
        low, high = value_range
        images = ops.cast(images, "float32")
        images = ops.round((images - low) * (255 / (high - low)))
        images = ops.where(ops.isnan(images), np.float32(0), images)
        images = ops.clip(images, 0, 255)
    # Through int32: XLA leaves a cast of 255.5 or -1 to uint8 undefined.
    return ops.cast(ops.clip(ops.cast(images, "int32"), 0, 255), "uint8")


def from_bytes(
    images: Tensor, like: Tensor, value_range: tuple[float, float]
) -> Tensor:
    """uint8 images in the dtype and range of `like`, which they came from.

    An image with a NaN or an infinite value becomes NaN throughout.
    """
    dtype = check_dtype(like)
    if "int" in dtype:
        return ops.cast(images, dtype)
    low, high = value_range
    wide = "float64" if dtype == "float64" else "float32"
    # Through int32, because float32 has no direct vector cast from uint8.
    values = ops.cast(ops.cast(images, "int32"), wide)
    values = values * ((high - low) / 255) + low
    finite = ops.all(
        ops.isfinite(ops.cast(like, wide)), axis=(1, 2, 3), keepdims=True
    )
    values = ops.where(finite, values, ops.full_like(values, np.nan))
    return ops.cast(values, dtype)
