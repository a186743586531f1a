"""Checks of the images that `corrupt` takes."""

import keras
import numpy as np
from keras import ops

from keras_ceb._src.typing import Tensor


def white_level(images: Tensor, value_range: tuple[float, float]) -> float:
    """Checks shape and dtype of images; returns their white level.

    Args:
        images: Array or tensor.
        value_range: Range of float images, (0, 1) or (0, 255).

    Returns:
        255 for uint8 images, else the upper end of `value_range`.

    Raises:
        ValueError: If the images or `value_range` cannot be used.
    """
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[-1] not in (1, 3) or None in shape[1:]:
        raise ValueError(
            "`images` must have the shape (batch, height, width, channels) "
            "with static sizes and 1 or 3 channels. Received: "
            f"images.shape={shape}"
        )
    if tuple(value_range) not in ((0, 1), (0, 255)):
        raise ValueError(
            "`value_range` must be (0, 1) or (0, 255). Received: "
            f"value_range={value_range}"
        )
    dtype = keras.backend.standardize_dtype(images.dtype)
    if dtype == "uint8":
        return 255
    if "float" not in dtype:
        raise ValueError(
            f"`images` must be uint8 or float. Received: images.dtype={dtype}"
        )
    return value_range[1]


def check_values(images: Tensor, value_range: tuple[float, float]) -> None:
    """Raises `ValueError` if float images exceed `value_range`.

    Args:
        images: Array or tensor with values, not symbolic.
        value_range: Range of float images.
    """
    uint8 = keras.backend.standardize_dtype(images.dtype) == "uint8"
    if uint8 or 0 in images.shape:
        return
    library = np if isinstance(images, np.ndarray) else ops
    low, high = float(library.min(images)), float(library.max(images))
    # Written so that NaN fails too.
    if not (low >= value_range[0] and high <= value_range[1]):
        raise ValueError(
            f"Float `images` must lie within `value_range`={value_range}; "
            "pass `value_range=(0, 255)` for images on that scale. Received: "
            f"values from {low:g} to {high:g}"
        )
