"""Padding, small symmetric filters and linear zoom, the parts of the blurs.

Filters run on images whose columns and channels are merged, [batch, height,
width * channels]: a shift by a pixel is then a shift by `channels` numbers and
the innermost loop is long, which the compiler turns into vector code.
"""

import math
from collections.abc import Callable
from typing import Literal
from typing import TypeAlias

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor

# Border modes of `numpy.pad`.
Mode: TypeAlias = Literal["edge", "reflect", "symmetric"]


def staged(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """`function(x)`, as a stage that the compiler fuses into no other.

    On a CPU it runs image by image, so that one image stays in the cache, and
    the loop keeps XLA from computing a stage again for each of its readers.
    An accelerator gets the whole batch, and so does PyTorch, which fuses
    nothing.

    Args:
        function: Maps a batch to a batch, each image independently.
        x: Tensor, [batch, ...], or a tuple of such.
    """
    if backend.has_accelerator() or backend.runs_eagerly():
        return function(x)

    def one(image: Tensor) -> Tensor:
        return function(keras.tree.map_structure(lambda t: t[None], image))[0]

    return ops.map(one, x)


def pad(x: Tensor, axis: int, before: int, after: int, mode: Mode) -> Tensor:
    """Pads one static axis of `x` with numbers of `x` itself.

    Args:
        x: Tensor.
        axis: The axis to pad.
        before, after: How many numbers to add at either end.
        mode: As in `numpy.pad`: `"edge"` (a a a | a b c), `"reflect"`
            (c b | a b c) or `"symmetric"` (b a | a b c).
    """
    if before == after == 0:
        return x
    places = np.pad(np.arange(x.shape[axis]), (before, after), mode=mode)
    return ops.take(x, places, axis=axis)


def gaussian_kernel(sigma: float, radius: int) -> np.ndarray:
    """A sampled Gaussian of 2 radius + 1 taps that sum to 1, float64."""
    if radius == 0:
        return np.ones(1)
    steps = np.arange(-radius, radius + 1)
    kernel: np.ndarray = np.exp(-0.5 / (sigma * sigma) * steps**2)
    kernel /= kernel.sum()
    return kernel


def gaussian_radius(sigma: float, truncate: float) -> int:
    """How far SciPy's `gaussian_filter` reaches, in pixels."""
    return int(truncate * float(sigma) + 0.5)


def correlate(
    x: Tensor, kernel: np.ndarray, axis: int, mode: Mode, exact: bool = False
) -> Tensor:
    """Correlates the images with a symmetric kernel along one axis.

    The pairs of taps are added from the outermost to the center, SciPy's
    order.

    Args:
        x: float tensor, [batch, height, width, channels].
        kernel: Symmetric, an odd number of taps.
        axis: 1 (down) or 2 (across).
        mode: Border mode, see `pad`.
        exact: Whether to round every product and sum separately, as SciPy
            does; for non-negative images only. Otherwise a compiler may fuse
            them.

    Returns:
        Tensor of the shape and dtype of `x`.
    """
    radius = len(kernel) // 2
    height, width, channels = x.shape[1:]
    columns = width * channels

    def spread(x: Tensor) -> Tensor:
        x = pad(x, axis, radius, radius, mode)
        return ops.reshape(x, (-1, x.shape[1], x.shape[2] * channels))

    def shifted(padded: Tensor, step: int) -> Tensor:
        if axis == 1:
            return padded[:, step : step + height]
        return padded[:, :, step * channels : step * channels + columns]

    def product(number: Tensor, weight: float) -> Tensor:
        # The maximum changes nothing but keeps product and sum apart: one
        # fused instruction would round once instead of twice.
        number = number * float(weight)
        # (`ops.maximum` of float64 is float32 on PyTorch.)
        return ops.relu(number) if exact else number

    def weigh(padded: Tensor) -> Tensor:
        result = product(shifted(padded, radius), kernel[radius])
        for step in range(radius):
            pair = shifted(padded, step) + shifted(padded, 2 * radius - step)
            result = result + product(pair, kernel[step])
        return result

    result = staged(weigh, staged(spread, x))
    return ops.reshape(result, (-1, height, width, channels))


def gaussian_filter(
    x: Tensor,
    sigma: float,
    truncate: float = 4.0,
    mode: Mode = "edge",
    exact: bool = False,
) -> Tensor:
    """A Gaussian blur, as SciPy's and scikit-image's `gaussian`.

    Args:
        x: float tensor, [batch, height, width, channels].
        sigma: Standard deviation in pixels.
        truncate: The kernel ends after this many standard deviations.
        mode: Border mode, see `pad`.
        exact: See `correlate`.
    """
    kernel = gaussian_kernel(sigma, gaussian_radius(sigma, truncate))
    x = correlate(x, kernel, 1, mode, exact)
    return correlate(x, kernel, 2, mode, exact)


def zoom_table(size: int, factor: float) -> tuple[np.ndarray, np.ndarray]:
    """Where each output of a clipped zoom reads along one axis.

    The middle ceil(size / factor) pixels are stretched to round(that * factor)
    with the end points on the end points, and the middle `size` of these are
    kept, as the originals do with `scipy.ndimage.zoom(order=1)`.

    Returns:
        Two arrays of `size` numbers: the pixel to the left, and how far the
        point lies towards the next pixel, 0 to 1.

    Raises:
        ValueError: If fewer than 2 pixels would be stretched.
    """
    crop = math.ceil(size / factor)
    if crop < 2:
        raise ValueError(
            f"`size` must be larger than {math.ceil(factor)} pixels for a zoom "
            f"of {factor}. Received: size={size}"
        )
    top = (size - crop) // 2
    stretched = int(round(crop * factor))
    trim = (stretched - size) // 2
    places = np.arange(trim, trim + size) * ((crop - 1) / (stretched - 1))
    left = np.minimum(np.floor(places).astype("int32"), crop - 2)
    return left + top, (places - left).astype("float32")


def interpolate(
    x: Tensor, left: np.ndarray, fraction: np.ndarray, axis: int
) -> Tensor:
    """Linear interpolation of `x` along `axis`, at points of `zoom_table`."""
    shape = [1] * len(x.shape)
    shape[axis] = -1
    low = ops.take(x, left, axis=axis)
    high = ops.take(x, left + 1, axis=axis)
    weight = ops.convert_to_tensor(fraction.reshape(shape))
    return low + (high - low) * weight


def luminance(x: Tensor) -> Tensor:
    """Gray value of RGB images (ITU-R 601), [..., 3] to [..., 1]."""
    if x.shape[-1] == 1:
        return x
    return 0.299 * x[..., :1] + 0.587 * x[..., 1:2] + 0.114 * x[..., 2:]
