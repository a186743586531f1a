"""Motion blur along a line, as ImageMagick's `-motion-blur`."""

import math

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor


def motion_blur(x: Tensor, keys: Tensor, radius: int, sigma: float) -> Tensor:
    """A moving camera; the direction is drawn from -45 to 45 degrees.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255.
        keys: uint32 tensor, [batch, 2].
        radius: The line has 2 radius + 1 points.
        sigma: Of the one-sided Gaussian along the line, in pixels.

    Returns:
        float32 images, 0 to 255, rounded to whole levels as ImageMagick does.
    """
    angle = 90 * random.uniform(keys, (), stream=0) - 45
    return ops.round(blur_along(x, angle, radius, sigma))


def motion_kernel(radius: int, sigma: float) -> np.ndarray:
    """The weights along the line: half a Gaussian, 2 radius + 1 taps."""
    kernel = np.exp(-0.5 * (np.arange(2 * radius + 1) / sigma) ** 2)
    weights: np.ndarray = kernel / kernel.sum()
    return weights


def blur_along(x: Tensor, angle: Tensor, radius: int, sigma: float) -> Tensor:
    """Blurs every image along its own line.

    The points of the line are rounded to whole pixels; beyond the border the
    edge pixels repeat.

    Args:
        x: float32 images, [batch, height, width, channels].
        angle: float tensor, [batch], degrees.
        radius: The line has 2 radius + 1 points.
        sigma: Of the one-sided Gaussian along the line, in pixels.
    """
    height, width, channels = x.shape[1:]
    kernel = motion_kernel(radius, sigma)
    reach = 2 * radius
    padded = filters.pad(x, 1, reach, reach, "edge")
    padded = filters.pad(padded, 2, reach, reach, "edge")
    padded = ops.reshape(
        padded, (-1, height + 2 * reach, (width + 2 * reach) * channels)
    )
    steps = ops.arange(2 * radius + 1, dtype="float32")
    radians = (angle * (math.pi / 180))[:, None]
    down = ops.ceil(ops.sin(radians) * steps - 0.5)
    right = ops.ceil(ops.cos(radians) * steps - 0.5)
    down = ops.cast(down, "int32") + reach
    right = (ops.cast(right, "int32") + reach) * channels

    def blur(image_and_starts: Tensor) -> Tensor:
        # One image at a time, so that its shifted copies stay in the cache
        # and each shift is one slice.
        image, down, right = image_and_starts
        total = 0
        for step, weight in enumerate(kernel):
            start = ops.stack([down[step], right[step]])
            shifted = ops.slice(image, start, (height, width * channels))
            total = total + shifted * float(weight)
        return total

    result = ops.map(blur, (padded, down, right))
    return ops.reshape(result, (-1, height, width, channels))


RECORDS = (
    Corruption(
        "motion_blur",
        5,
        "blur",
        motion_blur,
        {
            IMAGENET_C: ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15)),
            CIFAR10_C: ((6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)),
        },
        smallest_side=2,
        one_by_one=True,
    ),
)
