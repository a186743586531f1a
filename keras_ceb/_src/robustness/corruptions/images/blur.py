"""Gaussian blur and zoom blur.

Every function takes float32 images [batch, height, width, channels] on the
scale 0 to 255 and returns images on that scale. The keys are not used. Each
channel is blurred separately, so gray images need no special case.
"""

import numpy as np
from keras import ops

from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor


def gaussian_blur(x: Tensor, keys: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur with standard deviation `sigma` pixels."""
    return filters.gaussian_filter(x, sigma)


def zoom_blur(x: Tensor, keys: Tensor, stop: float, step: float) -> Tensor:
    """The mean of the image and its zooms by 1, 1 + step, ... below `stop`.

    The number of factors is that of `numpy.arange(1, stop, step)`, whose
    rounding includes `stop` itself at some severities, as in the originals.
    """
    height, width = x.shape[1:3]
    planes = ops.transpose(x, (0, 3, 1, 2))
    factors = np.arange(1, stop, step)
    total = 0
    for factor in factors:
        # Rows are contiguous: interpolate them, transpose, interpolate again.
        table = filters.zoom_table(height, factor)
        rows = filters.interpolate(planes, *table, axis=2)
        rows = ops.transpose(rows, (0, 1, 3, 2))
        table = filters.zoom_table(width, factor)
        total = total + filters.interpolate(rows, *table, axis=2)
    total = ops.transpose(total, (0, 1, 3, 2)) + planes
    return ops.transpose(total / (len(factors) + 1), (0, 2, 3, 1))


RECORDS = (
    Corruption(
        "zoom_blur",
        6,
        "blur",
        zoom_blur,
        {
            IMAGENET_C: (
                (1.11, 0.01),
                (1.16, 0.01),
                (1.21, 0.02),
                (1.26, 0.02),
                (1.31, 0.03),
            ),
            CIFAR10_C: (
                (1.06, 0.01),
                (1.11, 0.01),
                (1.16, 0.01),
                (1.21, 0.01),
                (1.26, 0.01),
            ),
        },
        smallest_side=3,
    ),
    Corruption(
        "gaussian_blur",
        16,
        "blur",
        gaussian_blur,
        {
            IMAGENET_C: (1, 2, 3, 4, 6),
            CIFAR10_C: (0.4, 0.6, 0.7, 0.8, 1),
        },
        one_by_one=True,
    ),
)
