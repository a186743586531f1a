"""`corrupt`, which applies any of the common corruptions to images."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.corruptions.images import image_checks
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.compiled import compiled
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    HashableTextures,
)
from keras_ceb._src.robustness.corruptions.images.frost_textures import (
    load_textures,
)
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import integer_seed

# Above this many pixels, a codec on a CPU is faster than the compiled function.
_CODEC_PIXELS = 96 * 96


def corrupt(
    images: Tensor,
    name: str,
    severity: int,
    *,
    seed: int = 0,
    variant: str = "imagenet-c",
    indices: Tensor | None = None,
    value_range: tuple[float, float] = (0, 1),
    textures: Any = None,
) -> Tensor:
    """Corrupts a batch of images as in ImageNet-C or CIFAR-10-C.

    The work runs in batches, compiled by XLA on either backend, on any device
    and inside `tf.data`. The random numbers of an image depend on `seed`, its
    index, the corruption and the severity, not on the rest of the batch.

    uint8 images are returned as uint8, truncated (not rounded) to whole levels
    like the published sets. Float images are returned as floats, clipped to
    `value_range`; `shot_noise`, `glass_blur`, `pixelate` and
    `jpeg_compression` are defined on 8 bits and therefore quantize them to 256
    levels.

    Gray images, [..., 1], are accepted by all corruptions except `saturate`,
    which needs color. Noise, blurs, contrast, elastic transform and pixelation
    change the one channel; brightness adds to the gray level; snow and fog
    are gray; frost and spatter use the luminance of their colors; JPEG
    compresses a gray JPEG.

    Args:
        images: Array or tensor, [batch, height, width, channels] with 1 or 3
            channels; uint8, or float within `value_range`.
        name: One of `CORRUPTIONS`.
        severity: Integer, 1 to 5.
        seed: Integer, 0 to 2**64 - 1.
        variant: The parameters: `"imagenet-c"` (meant for 224 x 224) or
            `"cifar10-c"` (meant for 32 x 32). Any size is accepted.
        indices: Integer array, [batch], the index of each image in its data
            set. Default: 0, 1, ..., batch - 1.
        value_range: Pair of numbers, (0, 1) or (0, 255), the range of float
            images. uint8 images have the range (0, 255).
        textures: For `frost` only, see `load_textures`.

    Returns:
        Images of the shape and dtype of `images`: a NumPy array if `images`
        is one, else a tensor.

    Raises:
        ValueError: If the name, severity, variant or range is unknown, or
            the images have the wrong shape, dtype or range, or are too small
            for the corruption.
        FrostTexturesNotFound: See `load_textures`.

    Example:

    ```python
    foggy = corrupt(x_test, "fog", severity=3, variant="cifar10-c")

    # Inside tf.data, with the index of every image:
    dataset = dataset.batch(100).enumerate().map(
        lambda step, batch: corrupt(
            batch, "fog", 3, indices=100 * step + tf.range(100, dtype="int64")
        )
    )
    ```

    Reference:
        - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261)
    """
    corruption = registry.corruption(name)
    row = corruption.parameters_at(severity, variant)
    seed = integer_seed(seed, maximum=2**64 - 1)
    is_array = isinstance(images, np.ndarray)
    if not is_array:
        images = ops.convert_to_tensor(images)
    white = image_checks.white_level(images, value_range)
    height, width, channels = images.shape[1:]
    corruption.check_size(height, width, channels, row)
    if corruption.needs_textures:
        row = (*row, HashableTextures(load_textures(textures)))
    if indices is None:
        indices = ops.arange(ops.shape(images)[0], dtype="int32")
    indices = ops.cast(indices, "int32")
    if not backend.is_symbolic(images):
        image_checks.check_values(images, value_range)
        if corruption.codec is not None and _is_faster_coded(images):
            coded = corruption.codec(images, *row)
            if coded is not None:
                return coded
    seed_words = np.array([seed & 0xFFFFFFFF, seed >> 32], "uint32")
    dtype = keras.backend.standardize_dtype(images.dtype)
    shape = (height, width, channels)
    function = compiled(
        corruption, row, corruption.salt(severity), white, dtype, shape
    )
    with backend.double_precision(corruption.float64):
        result = function((images, indices), (seed_words,))
    return ops.convert_to_numpy(result) if is_array else result


def _is_faster_coded(images: Tensor) -> bool:
    """Whether a codec on the host is faster than the compiled function."""
    return (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.shape[1] * images.shape[2] > _CODEC_PIXELS
        and not backend.has_accelerator()
    )
