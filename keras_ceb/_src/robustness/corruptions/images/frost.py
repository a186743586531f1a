"""Frost: a photograph of ice blended over the image."""

import math

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images.corruption import CIFAR10_C
from keras_ceb._src.robustness.corruptions.images.corruption import IMAGENET_C
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor

Textures = tuple[np.ndarray, ...]


def frost(
    x: Tensor,
    keys: Tensor,
    image_weight: float,
    texture_weight: float,
    texture_scale: float,
    textures: Textures,
) -> Tensor:
    """Blends a random crop of a random texture over each image.

    Gray images get the texture's luminance.

    Args:
        x: float32 images, [batch, height, width, channels], 0 to 255.
        keys: uint32 tensor, [batch, 2].
        image_weight, texture_weight: Weights of the sum.
        texture_scale: The textures are resized by this factor first. One that
            is then smaller than the image is enlarged to cover it.
        textures: uint8 arrays, [height, width, 3].
    """
    height, width, channels = x.shape[1:]
    stack, sizes = _prepare(textures, texture_scale, height, width)
    if channels == 1:
        stack = np.round(stack @ np.array([0.299, 0.587, 0.114]))
        stack = stack[..., None].astype("uint8")
    draw = random.uniform(keys, (3,))
    index = ops.cast(ops.floor(draw[:, 0] * len(textures)), "int32")
    # As in the originals, the last possible position is never drawn.
    places = ops.take(sizes - np.array([height, width]), index, axis=0)
    places = ops.cast(ops.maximum(places, 1), "float32")
    start = ops.cast(ops.floor(draw[:, 1:] * places), "int32")
    flat = ops.convert_to_tensor(stack.reshape(-1, stack.shape[2] * channels))
    rows = index * stack.shape[1] + start[:, 0]

    def crop(starts: Tensor) -> Tensor:
        row, column = starts
        start = ops.stack([row, column * channels])
        return ops.slice(flat, start, (height, width * channels))

    crops = ops.map(crop, (rows, start[:, 1]))
    crops = ops.reshape(crops, (-1, height, width, channels))
    return image_weight * x + texture_weight * ops.cast(crops, "float32")


def _prepare(
    textures: Textures, scale: float, height: int, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """All textures in one array, padded with zeros, and their sizes.

    Returns:
        uint8 array, [number, largest height, largest width, 3], and int32
        array, [number, 2].
    """
    resized = []
    for texture in textures:
        factor = max(scale, height / texture.shape[0], width / texture.shape[1])
        resized.append(resize(texture, factor))
    sizes = np.array([texture.shape[:2] for texture in resized], "int32")
    stack = np.zeros((len(resized), *sizes.max(axis=0), 3), "uint8")
    for index, texture in enumerate(resized):
        stack[index, : texture.shape[0], : texture.shape[1]] = texture
    return stack, sizes


def resize(texture: np.ndarray, factor: float) -> np.ndarray:
    """Bilinear resizing without smoothing, as OpenCV's default.

    Args:
        texture: uint8 array, [height, width, channels].
        factor: Above 0; 1 returns the texture itself.

    Returns:
        uint8 array; sides are rounded.
    """
    if factor == 1:
        return texture
    result = texture.astype("float32")
    for axis in (0, 1):
        size = texture.shape[axis]
        target = math.ceil(size * factor - 0.5)
        places = (np.arange(target) + 0.5) / factor - 0.5
        places = np.clip(places, 0, size - 1)
        left = np.minimum(places.astype("int32"), max(size - 2, 0))
        shape = [1, 1, 1]
        shape[axis] = -1
        share = (places - left).astype("float32").reshape(shape)
        low = np.take(result, left, axis)
        high = np.take(result, np.minimum(left + 1, size - 1), axis)
        result = low + (high - low) * share
    return np.round(result).astype("uint8")


RECORDS = (
    Corruption(
        "frost",
        8,
        "weather",
        frost,
        {
            IMAGENET_C: (
                (1, 0.4, 1),
                (0.8, 0.6, 1),
                (0.7, 0.7, 1),
                (0.65, 0.7, 1),
                (0.6, 0.75, 1),
            ),
            # The textures shrink to a fifth first.
            CIFAR10_C: (
                (1, 0.2, 0.2),
                (1, 0.3, 0.2),
                (0.9, 0.4, 0.2),
                (0.85, 0.4, 0.2),
                (0.75, 0.45, 0.2),
            ),
        },
        needs_textures=True,
    ),
)
