"""Fill colors of augmentations, in the dtype of the images."""

from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src.data.augmentation.pixel_range import EIGHT_BITS
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number


def color(
    value: Any, name: str, value_range: tuple[float, float] = EIGHT_BITS
) -> float | tuple[float, ...]:
    """`value`, if it is a color: a number or one for each of 3 channels."""
    if not hasattr(value, "__len__"):
        return finite_number(value, name, *value_range)
    if len(value) != 3:
        raise ValueError(
            f"`{name}` must be a number or three numbers. "
            f"Received: {name}={value!r}"
        )
    return tuple(finite_number(v, name, *value_range) for v in value)


def fill_color(
    value: float | tuple[float, ...],
    channels: int,
    value_range: tuple[float, float] = EIGHT_BITS,
    dtype: str = "uint8",
) -> Tensor:
    """A color of `value_range` for images of a dtype, [channels].

    Gray is the mean of three channels. Integers are rounded, in 0..255; floats
    keep the exact color.
    """
    values = np.atleast_1d(np.asarray(value, "float64"))
    if channels == 1:
        values = values.mean(keepdims=True)
    if "int" in dtype:
        low, high = value_range
        values = np.round((values - low) * (255 / (high - low)))
    values = np.broadcast_to(values, (channels,))
    if dtype == "uint8":
        return values.astype("uint8")
    return ops.cast(ops.convert_to_tensor(values), dtype)
