"""Pixels from 0 to 255 in the range that a model takes."""

from typing import Any

import numpy as np

from keras_ceb._src.data.augmentation import pixel_range
from keras_ceb._src.validation import increasing_pair

Bounds = tuple[float, float]


def check_bounds(bounds: Any) -> Bounds | None:
    """`None`, or `bounds` as two floats, the lower one first."""
    return None if bounds is None else increasing_pair(bounds, "bounds")


def scale_pixels(pixels: np.ndarray, bounds: Bounds) -> np.ndarray:
    """Values in 0..255 as float32 in `bounds`.

    The arithmetic is that of `keras.layers.Rescaling`, so images have the same
    values whether they are scaled here or in a model.
    """
    scale, lower = affine(bounds)
    values = pixels.astype("float32") * scale
    if lower:
        values += lower
    # The rounding of the sum may leave the range.
    return values.clip(*bounds)


def affine(bounds: Bounds) -> tuple[np.float32, np.float32]:
    """The factor and then the offset that scale pixels to `bounds`."""
    lower, upper = bounds
    return np.float32((upper - lower) / 255), np.float32(lower)


def check_pixels(images: np.ndarray) -> None:
    """Raises a `ValueError` if `images` are not pixels from 0 to 255.

    Float images from 0 to 1 are recognized by the maximum of the whole array,
    which is at most two.
    """
    dtype = str(images.dtype)
    if dtype == "uint8" or not ("int" in dtype or "float" in dtype):
        return
    seen = pixel_range.look_at_array(images, pixel_range.EIGHT_BITS)
    dark = "float" in dtype and 0 < seen.highest <= pixel_range.DARK_STEPS
    if dark or not pixel_range.inside(seen, pixel_range.EIGHT_BITS):
        raise ValueError(
            "`images` must be pixels from 0 to 255, which are scaled to "
            "`bounds`. Pass `bounds=None` for images that are in the range "
            "of the model already. Received: "
            f"{dtype} images from {seen.lowest:g} to {seen.highest:g}"
        )
