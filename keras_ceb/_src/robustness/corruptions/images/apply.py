"""The public entry: one function for the 19 corruptions."""

import functools
import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import blur
from keras_ceb._src.robustness.corruptions.images import colour
from keras_ceb._src.robustness.corruptions.images import elastic
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images import frost
from keras_ceb._src.robustness.corruptions.images import frost_textures
from keras_ceb._src.robustness.corruptions.images import glass
from keras_ceb._src.robustness.corruptions.images import jpeg
from keras_ceb._src.robustness.corruptions.images import motion
from keras_ceb._src.robustness.corruptions.images import noise
from keras_ceb._src.robustness.corruptions.images import parameters
from keras_ceb._src.robustness.corruptions.images import pixelate
from keras_ceb._src.robustness.corruptions.images import spatter
from keras_ceb._src.robustness.corruptions.images import weather
from keras_ceb._src.validation import integer_seed

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "gaussian_noise": noise.gaussian_noise,
    "shot_noise": noise.shot_noise,
    "impulse_noise": noise.impulse_noise,
    "defocus_blur": blur.defocus_blur,
    "glass_blur": glass.glass_blur,
    "motion_blur": motion.motion_blur,
    "zoom_blur": blur.zoom_blur,
    "snow": weather.snow,
    "frost": frost.frost,
    "fog": weather.fog,
    "brightness": colour.brightness,
    "contrast": colour.contrast,
    "elastic_transform": elastic.elastic_transform,
    "pixelate": pixelate.pixelate,
    "jpeg_compression": jpeg.jpeg_compression,
    "speckle_noise": noise.speckle_noise,
    "gaussian_blur": blur.gaussian_blur,
    "spatter": spatter.spatter,
    "saturate": colour.saturate,
}

# Functions that compute in float64.
_DOUBLE = ("glass_blur",)

# Above this many pixels a JPEG library beats the compiled arithmetic on a CPU.
# Both give the same image.
_CODEC_PIXELS = 96 * 96

# Functions that a CPU runs image by image above this many pixels, for what
# they compute on the way of a whole batch would leave its cache.
_ONE_BY_ONE = (
    "gaussian_noise",
    "shot_noise",
    "impulse_noise",
    "speckle_noise",
    "defocus_blur",
    "gaussian_blur",
    "glass_blur",
    "motion_blur",
)
_ONE_BY_ONE_PIXELS = 96 * 96

# Rounding in float32 may leave a whole level a hair below itself; truncation
# would then lower it by one.
_TRUNCATION_GUARD = 1e-3


def corrupt(
    images: Any,
    name: str,
    severity: int,
    *,
    seed: int = 0,
    variant: str = "imagenet-c",
    indices: Any = None,
    value_range: tuple[float, float] = (0, 1),
    textures: Any = None,
) -> Any:
    """Corrupts a batch of images as in ImageNet-C or CIFAR-10-C.

    The work runs in batches, compiled by XLA on either backend, on any device
    and inside `tf.data`. The random numbers of an image depend on `seed`, its
    index, the corruption and the severity, not on the batch around it.

    uint8 images come back as uint8, cut off (not rounded) to whole levels
    like the published sets. Float images come back as floats, clipped to
    `value_range`; `shot_noise`, `glass_blur`, `pixelate` and
    `jpeg_compression`, which are defined on 8 bits, round or cut them off to
    256 levels on the way.

    Grey images, [..., 1], take part in all corruptions but `saturate`, which
    needs colour. Noise, blurs, contrast, elastic transform and pixelation
    work on the one channel; brightness adds to the grey level; snow and fog
    are grey; frost and spatter use the luminance of their colours; JPEG
    compresses a grey JPEG.

    Args:
        images: array or tensor, [batch, height, width, channels] with 1 or 3
            channels; uint8, or float within `value_range`.
        name: one of `CORRUPTIONS`.
        severity: integer, 1 to 5.
        seed: integer, 0 to 2**64 - 1.
        variant: the parameters: `"imagenet-c"` (meant for 224 x 224) or
            `"cifar10-c"` (meant for 32 x 32). Any size is accepted.
        indices: integer array, [batch], the place of each image in its data
            set. Default 0, 1, ..., batch - 1.
        value_range: pair of numbers, (0, 1) or (0, 255), the range of float
            images. uint8 images have the range (0, 255).
        textures: of `frost` only, see `load_textures`.

    Returns:
        Images of the shape and dtype of `images`: a NumPy array if `images`
        is one, else a tensor.

    Raises:
        ValueError: on an unknown name, severity, variant or range, images of
            another shape, dtype or range, or too small for the corruption.
        FrostTexturesNotFound: see `load_textures`.

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
    row = parameters.parameters(name, severity, variant)
    seed = integer_seed(seed, maximum=2**64 - 1)
    is_array = isinstance(images, np.ndarray)
    if not is_array:
        images = ops.convert_to_tensor(images)
    scale = check_images(images, value_range)
    height, width, channels = images.shape[1:]
    check_size(name, row, height, width, channels)
    if name == "frost":
        row = (*row, _HashableTextures(frost_textures.load_textures(textures)))
    if indices is None:
        indices = ops.arange(ops.shape(images)[0], dtype="int32")
    indices = ops.cast(indices, "int32")
    symbolic = backend.is_symbolic(images)
    if not symbolic:
        _check_values(images, value_range)
        if (
            name == "jpeg_compression"
            and is_array
            and images.dtype == np.uint8
            and height * width > _CODEC_PIXELS
            and not backend.has_accelerator()
        ):
            coded = jpeg.code(images, *row)
            if coded is not None:
                return coded
    salt = 8 * parameters.CORRUPTIONS.index(name) + severity
    seed_words = np.array([seed & 0xFFFFFFFF, seed >> 32], "uint32")
    dtype = keras.backend.standardize_dtype(images.dtype)
    function = _compiled(name, row, salt, scale, dtype, tuple(images.shape[1:]))
    with backend.double_precision(name in _DOUBLE):
        result = function((images, indices), (seed_words,))
    return ops.convert_to_numpy(result) if is_array else result


def check_images(images: Any, value_range: tuple[float, float]) -> float:
    """Checks shape, dtype and range of a batch of images.

    Returns:
        The white level: 255, or 1.

    Raises:
        ValueError: if they are not what `corrupt` takes.
    """
    shape = tuple(images.shape)
    if len(shape) != 4 or shape[-1] not in (1, 3) or None in shape[1:]:
        raise ValueError(
            "`images` should have the shape (batch, height, width, channels) "
            "with static sizes and 1 or 3 channels. Received: "
            f"images.shape={shape}"
        )
    if tuple(value_range) not in ((0, 1), (0, 255)):
        raise ValueError(
            "`value_range` should be (0, 1) or (0, 255). Received: "
            f"value_range={value_range}"
        )
    dtype = keras.backend.standardize_dtype(images.dtype)
    if dtype == "uint8":
        return 255
    if "float" not in dtype:
        raise ValueError(
            f"`images` should be uint8 or float. Received: images.dtype={dtype}"
        )
    return value_range[1]


def _check_values(images: Any, value_range: tuple[float, float]) -> None:
    if keras.backend.standardize_dtype(images.dtype) == "uint8":
        return
    library = np if isinstance(images, np.ndarray) else ops
    if 0 in images.shape:
        return
    low, high = float(library.min(images)), float(library.max(images))
    # Written so that NaN fails too.
    if not (low >= value_range[0] and high <= value_range[1]):
        raise ValueError(
            f"Float `images` should lie within `value_range`={value_range}; "
            "pass `value_range=(0, 255)` for images on that scale. Received: "
            f"values from {low:g} to {high:g}"
        )


def minimum_size(name: str, row: tuple[Any, ...]) -> int:
    """The smallest height and width that a corruption can work on, pixels.

    Args:
        name: the corruption.
        row: its parameters, from `parameters`.
    """
    if name == "defocus_blur":
        # A reflection must not need more pixels than there are.
        return len(blur.disk_kernel(*row)) // 2 + 3
    if name == "glass_blur":
        return 2 * row[1] + 1
    if name == "zoom_blur":
        return 3
    if name == "snow":
        return math.ceil(row[2]) + 1
    if name == "pixelate":
        return math.ceil(1 / row[0])
    if name == "elastic_transform":
        return 3
    if name == "motion_blur":
        return 2
    return 1


def check_size(
    name: str, row: tuple[Any, ...], height: int, width: int, channels: int
) -> None:
    """Raises ValueError where images are too small or lack colour.

    Args:
        name: the corruption.
        row: its parameters, from `parameters`.
        height: of the images, pixels.
        width: of the images, pixels.
        channels: of the images.
    """
    if name == "saturate" and channels == 1:
        raise ValueError(
            "`saturate` needs colour, images of 3 channels: a grey image has "
            f"no saturation. Received: channels={channels}"
        )
    smallest = minimum_size(name, row)
    if min(height, width) < smallest:
        raise ValueError(
            f"`images` should be at least {smallest} pixels high and wide for "
            f"{name} with the parameters {row}. Received: height={height}, "
            f"width={width}"
        )


class _HashableTextures(tuple):
    """Textures that are equal when their numbers are."""

    @functools.cached_property
    def _digest(self) -> int:
        return hash(tuple((t.shape, t.tobytes()) for t in self))

    def __hash__(self) -> int:
        return self._digest

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _HashableTextures)
            and len(self) == len(other)
            and all(map(np.array_equal, self, other))
        )


@functools.lru_cache(maxsize=512)
def _compiled(
    name: str,
    row: tuple[Any, ...],
    salt: int,
    scale: float,
    dtype: str,
    shape: tuple[int, ...],
) -> Callable[..., Any]:
    """One compiled function for a corruption at a severity and its images."""

    def run(batch: tuple[Any, Any], shared: tuple[Any]) -> Any:
        images, indices = batch
        keys = random.image_keys(shared[0], indices, salt)
        x = ops.cast(images, "float32")
        if scale != 255:
            x = x * np.float32(255 / scale)
        x = ops.clip(FUNCTIONS[name](x, keys, *row), 0, 255)
        if dtype == "uint8":
            guard = 0.0 if name in _DOUBLE else _TRUNCATION_GUARD
            return ops.cast(ops.cast(x + guard, "int32"), "uint8")
        if scale != 255:
            x = x * (scale / 255)
        return ops.cast(x, dtype)

    def run_one_by_one(batch: tuple[Any, Any], shared: tuple[Any]) -> Any:
        return filters.staged(lambda batch: run(batch, shared), batch)

    large = shape[0] * shape[1] > _ONE_BY_ONE_PIXELS
    one_by_one = name in _ONE_BY_ONE and large
    return backend.compile_function(
        run_one_by_one if one_by_one else run, jit_compile=True
    )
