"""The range of pixel values, and what contradicts it.

Integer images are from 0 to 255; the range of floats is the `value_range` of a
layer. A batch contradicts it if

- a value is outside of it. Half of an 8-bit step is allowed, which rounds to
  the end of the range.
- it is too dark for a layer that depends on the scale: no value is above the
  first two of 255 steps, and some lie between steps. Such a batch is most
  likely from 0 to 1 (or slightly beyond, after resizing) but passed as 0 to
  255, or was divided by 255 twice. A batch that is all black, or of whole
  steps as a decoded dark image is, passes.

Values are checked where that is possible: in arrays and eager calls, and in
graphs of TensorFlow, whose `tf.debugging.Assert` needs no host callback. XLA
removes it, so in code that XLA or JAX compiles only shape and dtype are
checked.
"""

import enum
from typing import NamedTuple

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor

Limits = tuple[float, float]

EIGHT_BITS = (0.0, 255.0)
# How many examples of an array are checked at a time.
CHUNK = 1024
DARK_STEPS = 2


class Use(enum.IntEnum):
    """How an augmentation depends on the range; each adds to the last.

    `NOTHING`: correct for any values. `ENDS`: no value may be outside.
    `SCALE`: a color or a threshold is compared to the values. `BYTES`: runs on
    8-bit integers, which have no NaN.
    """

    NOTHING = 0
    ENDS = 1
    SCALE = 2
    BYTES = 3


class Seen(NamedTuple):
    """What was found in the values of images."""

    lowest: Tensor  # A float, or a tensor in a graph; so are the others.
    highest: Tensor
    whole: Tensor  # Whether all values are whole 8-bit steps of the range.
    finite: Tensor


def check_dtype(images: Tensor) -> str:
    """The dtype of `images`, if they are integers or real floats."""
    try:
        dtype: str = keras.backend.standardize_dtype(images.dtype)
    except ValueError:
        dtype = str(images.dtype)
    if "int" not in dtype and "float" not in dtype:
        raise TypeError(
            "`images` must be integers from 0 to 255 or floats. "
            f"Received: images of dtype {dtype}"
        )
    return dtype


def check_values(images: Tensor, value_range: Limits, use: Use) -> None:
    """Raises a `ValueError` if `images` contradict their range.

    Args:
        images: Array or tensor, `[batch, ...]`.
        value_range: Range of float images; that of integers is 0 to 255.
        use: How the augmentation depends on the range.
    """
    dtype = check_dtype(images)
    if dtype == "uint8" or use == Use.NOTHING:
        return
    limits = value_range if "float" in dtype else EIGHT_BITS
    if backend.is_symbolic(images):
        seen = _look(images, limits)
        backend.assert_in_graph(
            _agrees(seen, limits, use),
            "`images` must be finite and fill "
            f"`value_range={_text(limits)}`; pass the `value_range` of "
            "the images. Received: images whose lowest and highest value are",
            (seen.lowest, seen.highest),
        )
        return
    seen = look_at_array(images, limits)
    if not _agrees(seen, limits, use):
        raise ValueError(_contradiction(seen, dtype, limits, use))


def look_at_array(images: Tensor, limits: Limits) -> Seen:
    """Inspects an array or an eager tensor, some examples at a time."""
    lowest, highest, whole, finite = np.inf, -np.inf, True, True
    if not isinstance(images, np.ndarray):
        images = ops.convert_to_numpy(images)
    for start in range(0, len(images), CHUNK):
        values = images[start : start + CHUNK]
        if values.dtype.kind not in "iuf" or values.dtype.itemsize < 4:
            values = values.astype("float32")
        if not np.isfinite(values).all():
            finite = False
            values = values[~np.isnan(values)]
        if values.size:
            lowest = min(lowest, float(values.min()))
            highest = max(highest, float(values.max()))
            # This only matters if the images are dark.
            whole = whole and (
                highest > _dark(limits) or bool(_whole(values, limits))
            )
    return Seen(lowest, highest, whole, finite)


def _look(images: Tensor, limits: Limits) -> Seen:
    """The same in a graph."""
    values = ops.cast(images, "float32")
    finite = ops.all(ops.isfinite(values))
    values = ops.where(ops.isnan(values), np.float32(limits[0]), values)
    lowest, highest = ops.min(values), ops.max(values)
    return Seen(lowest, highest, _whole(values, limits), finite)


def _whole(values: Tensor, limits: Limits) -> Tensor:
    values = ops.subtract(values, limits[0])
    steps = ops.multiply(values, 255 / (limits[1] - limits[0]))
    # In half precision a whole step is not quite one.
    difference = ops.abs(steps - ops.round(steps))
    return ops.all(difference < 0.01)


def _dark(limits: Limits) -> float:
    """The largest maximum of images that are too dark."""
    return limits[0] + DARK_STEPS * (limits[1] - limits[0]) / 255


def _agrees(seen: Seen, limits: Limits, use: Use) -> Tensor:
    """Whether the values are possible in the range: a bool or a tensor."""
    agrees = inside(seen, limits)
    if use >= Use.SCALE:
        agrees = agrees & ((seen.highest > _dark(limits)) | seen.whole)
    if use >= Use.BYTES:
        agrees = agrees & seen.finite
    return agrees


def inside(seen: Seen, limits: Limits) -> Tensor:
    """Whether no value is more than half a step outside: a bool or a tensor."""
    half = (limits[1] - limits[0]) / 510
    return (seen.lowest >= limits[0] - half) & (
        seen.highest <= limits[1] + half
    )


def _contradiction(seen: Seen, dtype: str, limits: Limits, use: Use) -> str:
    """The error text."""
    received = f"images from {seen.lowest:g} to {seen.highest:g}"
    if use >= Use.BYTES and not seen.finite:
        return (
            "`images` must have finite values only. "
            f"Received: {received} with some that are not finite"
        )
    if "int" in dtype:
        return (
            "Integer `images` must be from 0 to 255; pass others as floats "
            f"and give their `value_range`. Received: {received}"
        )
    received += f", value_range={_text(limits)}"
    if not inside(seen, limits):
        return (
            "`images` must lie within `value_range`; pass the `value_range` "
            f"of the images. Received: {received}"
        )
    return (
        "`images` must be of the scale of `value_range`, and no value of these "
        "is above two steps of 255: pass `value_range=(0, 1)` for images of 0 "
        "to 1, and do not divide by 255 twice. If they really are this dark, "
        f"round them. Received: {received}"
    )


def _text(value_range: Limits) -> str:
    return f"({value_range[0]:g}, {value_range[1]:g})"
