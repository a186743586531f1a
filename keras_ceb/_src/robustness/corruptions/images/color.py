"""Brightness, contrast and saturation.

Every function takes float32 images [batch, height, width, channels] on the
scale 0 to 255 and returns images on that scale, not yet clipped. The keys are
not used.

With H and S of HSV held fixed, each channel of a pixel is proportional to V,
and V - channel is proportional to S. The conversion to HSV and back, by far the
slowest part of the originals, is therefore a multiplication.
"""

from keras import ops

from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor


def brightness(x: Tensor, keys: Tensor, amount: float) -> Tensor:
    """Adds `amount` of the full range to the value V of HSV.

    On a gray image V is the gray level itself.
    """
    planes = _planes(x)
    value = _largest(planes)
    raised = ops.minimum(value + 255 * amount, 255)
    factor = ops.where(value > 0, raised / ops.maximum(value, 1e-6), 0.0)
    black = ops.where(value > 0, 0.0, raised)
    return _images([plane * factor + black for plane in planes])


def saturate(x: Tensor, keys: Tensor, factor: float, offset: float) -> Tensor:
    """Replaces the saturation S of HSV by factor * S + offset, within 0 to 1.

    A gray pixel of a color image has hue 0, so an offset turns it reddish,
    as in the originals. Images with one channel have no saturation: `corrupt`
    rejects them.
    """
    red, green, blue = planes = _planes(x)
    value = _largest(planes)
    smallest = ops.minimum(ops.minimum(red, green), blue)
    saturation = (value - smallest) / ops.maximum(value, 1e-6)
    wanted = ops.clip(saturation * factor + offset, 0, 1)
    gray = value == smallest
    ratio = ops.where(gray, 0.0, wanted / ops.maximum(saturation, 1e-6))
    # A gray pixel keeps red; green and blue decrease by the new saturation.
    fall = ops.where(gray, value * wanted, 0.0)
    red, green, blue = (value - (value - p) * ratio for p in planes)
    return _images([red, green - fall, blue - fall])


def contrast(x: Tensor, keys: Tensor, factor: float) -> Tensor:
    """Scales the distance to the mean of each channel of each image."""
    mean = ops.mean(x, axis=(1, 2), keepdims=True)
    return (x - mean) * factor + mean


def _planes(x: Tensor) -> list[Tensor]:
    """The channels of the images, each [batch, height, width]."""
    # Loops over separate planes are vectorized, loops over triples are not.
    x = ops.transpose(x, (0, 3, 1, 2))
    return [x[:, channel] for channel in range(x.shape[1])]


def _images(planes: list[Tensor]) -> Tensor:
    """The inverse of `_planes`."""
    return ops.transpose(ops.stack(planes, axis=1), (0, 2, 3, 1))


def _largest(planes: list[Tensor]) -> Tensor:
    """The largest channel of each pixel, the value V of HSV."""
    value = planes[0]
    for plane in planes[1:]:
        value = ops.maximum(value, plane)
    return value


RECORDS = (
    Corruption(
        "brightness",
        10,
        "weather",
        brightness,
        {
            IMAGENET_C: (0.1, 0.2, 0.3, 0.4, 0.5),
            CIFAR10_C: (0.05, 0.1, 0.15, 0.2, 0.3),
        },
    ),
    Corruption(
        "contrast",
        11,
        "digital",
        contrast,
        {
            IMAGENET_C: (0.4, 0.3, 0.2, 0.1, 0.05),
            CIFAR10_C: (0.75, 0.5, 0.4, 0.3, 0.15),
        },
    ),
    Corruption(
        "saturate",
        18,
        "digital",
        saturate,
        {
            IMAGENET_C: ((0.3, 0), (0.1, 0), (2, 0), (5, 0.1), (20, 0.2)),
            CIFAR10_C: ((0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)),
        },
        needs_color=True,
    ),
)
