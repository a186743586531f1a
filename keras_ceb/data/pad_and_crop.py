"""A random crop of the padded image."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb import backend
from keras_ceb.data.image_augmentation import ImageAugmentation
from keras_ceb.data.image_augmentation import colour
from keras_ceb.data.image_augmentation import fill_colour
from keras_ceb.random import uniform
from keras_ceb.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class PadAndCrop(ImageAugmentation):
    """Pads each image and cuts a random window of its old size out of it.

    The window starts at 0 to `2 * padding - 1` pixels from the corner of the
    padded image. The last place, `2 * padding`, is left out, as in the
    AutoAugment authors' CIFAR-10 code.

    Args:
        padding: Pixels on each side.
        fill_value: Colour of the padding, a number or one for each of three
            channels.
        seed: Integer seed of the layer.
        **kwargs: `name`.

    Call arguments:
        images: Values in 0..255, `[batch, height, width, channels]`.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, and its dtype.

    Example:

    ```python
    layer = keras_ceb.data.PadAndCrop(4, seed=0)
    layer(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```
    """

    def __init__(
        self,
        padding: int = 4,
        fill_value: float | Sequence[float] = 0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed=seed, **kwargs)
        self.padding = positive_integer(padding, "padding")
        self.fill_value = colour(fill_value, "fill_value")

    def augment_images(self, images, keys):
        height, width, channels = images.shape[1:]
        draws = uniform(keys, (2,)) * (2 * self.padding)
        start = ops.cast(draws, "int32") - self.padding
        row = start[:, 0, None] + np.arange(height, dtype="int32")
        column = start[:, 1, None] + np.arange(width, dtype="int32")
        inside = ops.logical_and(
            ops.logical_and(row >= 0, row < height)[:, :, None],
            ops.logical_and(column >= 0, column < width)[:, None],
        )
        index = ops.clip(row, 0, height - 1)[:, :, None] * width
        index = index + ops.clip(column, 0, width - 1)[:, None]
        image = ops.arange(ops.shape(images)[0], dtype="int32")
        index = index + height * width * image[:, None, None]
        moved = backend.gather(ops.reshape(images, (-1, channels)), index)
        fill = fill_colour(self.fill_value, channels)
        return ops.where(inside[..., None], moved, fill)

    def get_config(self):
        return {
            **super().get_config(),
            "padding": self.padding,
            "fill_value": self.fill_value,
        }
