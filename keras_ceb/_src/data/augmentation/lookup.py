"""Operations that map each of the 256 values to another: tables and gathers.

What does not depend on an image is computed as a NumPy table, so Pillow's
float arithmetic gives the same bytes on every backend and device.

Reference: Pillow's `ImageOps`, `ImageEnhance` and `Image.blend`, the
operations of the AutoAugment authors.
"""

import functools

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor

_VALUES = np.arange(256)


def invert_table() -> np.ndarray:
    """255 - v, uint8, [256]."""
    return (255 - _VALUES).astype("uint8")


def solarize_table(threshold: float) -> np.ndarray:
    """Inverts the values at and above `threshold`, uint8, [256]."""
    return np.where(_VALUES < threshold, _VALUES, 255 - _VALUES).astype("uint8")


def posterize_table(bits: float) -> np.ndarray:
    """Keeps the highest `bits` bits, uint8, [256]."""
    return (_VALUES & (256 - (1 << (8 - int(bits))))).astype("uint8")


def blend_table(factor: float) -> np.ndarray:
    """Pillow's blend of two values, uint8, [256 * 256].

    The entry at `256 * a + b` is `a + factor * (b - a)`, truncated toward
    zero and clipped to 0..255: `a` at factor 0, `b` at factor 1, extrapolated
    above.
    """
    a, b = (v.astype("float32") for v in np.ix_(_VALUES, _VALUES))
    blend: np.ndarray = a + np.float32(factor) * (b - a)
    return blend.clip(0, 255).astype("uint8").reshape(-1)


@functools.cache
def autocontrast_tables() -> np.ndarray:
    """The table of AutoContrast for each (lowest, highest) value.

    uint8, [256 * 256, 256]; row `256 * lowest + highest`. In float64, as
    Pillow computes: its truncation often turns the highest value into 254.
    """
    low = _VALUES[:, None, None]
    high = _VALUES[None, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 255.0 / (high - low)
        stretched = np.trunc(_VALUES * scale + -low * scale)
    tables = np.where(high > low, np.clip(stretched, 0, 255), _VALUES)
    return tables.astype("uint8").reshape(-1, 256)


def histograms(images: Tensor) -> Tensor:
    """How often each value occurs in each channel, int32, [n, channels, 256].

    Args:
        images: Uint8, [n, height, width, channels].
    """
    channels = images.shape[-1]
    pixels = images.shape[1] * images.shape[2]
    values = ops.cast(ops.reshape(images, (-1, pixels, channels)), "int32")
    values = ops.reshape(ops.transpose(values, (0, 2, 1)), (-1, pixels))
    return ops.reshape(backend.histogram(values, 256), (-1, channels, 256))


def autocontrast(histogram: Tensor) -> Tensor:
    """Tables that stretch each channel to 0..255, uint8, [..., 256].

    Args:
        histogram: Int32, [..., 256].
    """
    seen = ops.where(histogram > 0, 1, 0)
    low = ops.argmax(seen, axis=-1)
    high = 255 - ops.argmax(ops.flip(seen, axis=-1), axis=-1)
    row = ops.cast(256 * low + high, "int32")
    return ops.take(autocontrast_tables(), row, axis=0)


def equalize(histogram: Tensor) -> Tensor:
    """Tables that flatten the histogram of each channel, uint8, [..., 256].

    Args:
        histogram: Int32, [..., 256].
    """
    seen = ops.where(histogram > 0, 1, 0)
    last = 255 - ops.argmax(ops.flip(seen, axis=-1), axis=-1)
    in_last = ops.take_along_axis(
        histogram, ops.cast(last, "int32")[..., None], axis=-1
    )
    total = ops.sum(histogram, axis=-1, keepdims=True)
    step = (total - in_last) // 255
    below = ops.cumsum(histogram, axis=-1) - histogram
    table = (step // 2 + below) // ops.maximum(step, 1)
    table = ops.where(step > 0, ops.minimum(table, 255), _VALUES)
    return ops.cast(table, "uint8")


def apply_tables(images: Tensor, tables: Tensor) -> Tensor:
    """Looks every value up in the table of its image and channel.

    Args:
        images: Uint8, [n, height, width, channels].
        tables: Uint8, [n, channels or 1, 256].
    """
    size, channels = ops.shape(tables)[0], images.shape[-1]
    if tables.shape[1] == 1:
        start = 256 * ops.reshape(ops.arange(size, dtype="int32"), (-1, 1))
    else:
        start = 256 * ops.reshape(
            ops.arange(size * channels, dtype="int32"), (-1, channels)
        )
    index = ops.cast(images, "int32") + start[:, None, None]
    return backend.gather(ops.reshape(tables, (-1,)), index)


def luminance(images: Tensor) -> Tensor:
    """Gray values as Pillow rounds them, int32, [n, height, width, 1].

    Args:
        images: Uint8, [n, height, width, 1 or 3].
    """
    values = ops.cast(images, "int32")
    if images.shape[-1] == 1:
        return values
    # 0.299, 0.587 and 0.114 in units of 2^-16, and half of one.
    weights = (19595, 38470, 7471)
    total = 1 << 15
    for channel, weight in enumerate(weights):
        total = total + weight * values[..., channel : channel + 1]
    return ops.right_shift(total, 16)


def mean_luminance(gray: Tensor) -> Tensor:
    """The mean gray value of each image, rounded half up, int32, [n].

    Args:
        gray: Int32, [n, height, width, 1].
    """
    count = gray.shape[1] * gray.shape[2]
    total = ops.sum(gray, axis=(1, 2, 3))
    rest = total - total // count * count
    return total // count + ops.cast(2 * rest >= count, "int32")


def smooth(images: Tensor) -> Tensor:
    """Pillow's SMOOTH filter, int32; the border is unchanged.

    A 3 x 3 mean with weight 5 of 13 in the center, rounded to nearest.

    Args:
        images: Uint8, [n, height, width, channels].
    """
    x = ops.cast(images, "int32")
    rows = x[:, :-2] + x[:, 1:-1] + x[:, 2:]
    box = rows[:, :, :-2] + rows[:, :, 1:-1] + rows[:, :, 2:]
    # 13 is odd: no sum lies half-way between two values.
    inner = (box + 4 * x[:, 1:-1, 1:-1] + 6) // 13
    middle = ops.concatenate([x[:, 1:-1, :1], inner, x[:, 1:-1, -1:]], axis=2)
    return ops.concatenate([x[:, :1], middle, x[:, -1:]], axis=1)


def blend(
    degenerate: Tensor, images: Tensor, tables: np.ndarray, row: Tensor
) -> Tensor:
    """Blends each image with its degenerate image, uint8.

    Args:
        degenerate: Int32, [n, height or 1, width or 1, channels or 1].
        images: Uint8, [n, height, width, channels].
        tables: Uint8, [factors, 256 * 256], of `blend_table`.
        row: Int32, [n], the row of each image's factor.
    """
    index = 256 * degenerate + ops.cast(images, "int32")
    index = index + 65536 * row[:, None, None, None]
    return backend.gather(tables.reshape(-1), index)
