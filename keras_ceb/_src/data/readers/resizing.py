"""Resizes images to the input size of a model, in NumPy.

Each image of a folder has its own shape, and a compiled function would be
compiled again for each.
"""

from typing import Any

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.validation import positive_integer

# See `from_folder`.
WAYS = ("stretch", "crop", "pad", "antialias")


def check_size(size: Any) -> tuple[int, int]:
    """`size` as two integers, height and width."""
    try:
        height, width = (positive_integer(n, "image_size") for n in size)
    except (TypeError, ValueError) as error:
        raise ValueError(
            "`image_size` must be two positive integers, height and width. "
            f"Received: image_size={size!r}"
        ) from error
    return height, width


def resize(image: np.ndarray, size: tuple[int, int], way: str) -> np.ndarray:
    """Resizes an image.

    Args:
        image: `[height, width, channels]` pixels.
        size: (height, width) of the result.
        way: One of `WAYS`, see `from_folder`.

    Returns:
        `[*size, channels]` float32 array.
    """
    if way == "antialias":
        return _antialias(image, size)
    if way == "crop":
        image = _cropped(image, size)
    if way == "pad":
        return _padded(image, size)
    return bilinear(image, size)


def bilinear(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """As `tf.image.resize`: bilinear, centered pixels, no antialiasing."""
    image = image.astype("float32")
    for axis, target in enumerate(size):
        length = image.shape[axis]
        if length == target:
            continue
        centers = (np.arange(target, dtype="float32") + np.float32(0.5)) * (
            np.float32(length) / np.float32(target)
        ) - np.float32(0.5)
        floor = np.floor(centers)
        weight = (centers - floor).reshape(-1, *[1] * (image.ndim - 1 - axis))
        first = np.clip(floor.astype(int), 0, length - 1)
        second = np.clip(floor.astype(int) + 1, 0, length - 1)
        low, high = image.take(first, axis), image.take(second, axis)
        image = low + (high - low) * weight
    return image


def _cropped(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The largest central window with the aspect ratio of `size`."""
    height, width = image.shape[:2]
    # Rounded as `keras.utils.image_dataset_from_directory` does.
    rows = int(np.float32(width * size[0]) / np.float32(size[1]))
    columns = int(np.float32(height * size[1]) / np.float32(size[0]))
    rows, columns = (
        max(min(height, rows), 1),
        max(min(width, columns), 1),
    )
    top, left = (height - rows) // 2, (width - columns) // 2
    return image[top : top + rows, left : left + columns]


def _padded(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resized with its aspect ratio, centered on black."""
    height, width = (np.float32(n) for n in image.shape[:2])
    ratio = max(width / np.float32(size[1]), height / np.float32(size[0]))
    exact = height / ratio, width / ratio
    inner = bilinear(image, (max(1, int(exact[0])), max(1, int(exact[1]))))
    padded = np.zeros((*size, image.shape[2]), "float32")
    top, left = (int((size[i] - exact[i]) / 2) for i in range(2))
    padded[top : top + inner.shape[0], left : left + inner.shape[1]] = inner
    return padded


def _antialias(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if image.shape[:2] == tuple(size):
        return image.astype("float32")
    pillow = optional_module("PIL.Image", '`resize="antialias"`')
    squeezed = image[..., 0] if image.shape[2] == 1 else image
    resized = pillow.fromarray(squeezed).resize(
        (size[1], size[0]), pillow.Resampling.BILINEAR
    )
    return np.asarray(resized, "float32").reshape(*size, image.shape[2])
