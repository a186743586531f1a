"""A random crop of the padded image."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.data.augmentation.filled_augmentation import (
    FilledAugmentation,
)
from keras_ceb._src.random import uniform
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class PadAndCrop(FilledAugmentation):
    """Pads each image and crops it to its old size at a random place.

    The window starts at 0 to `2 * padding - 1` pixels from the corner of the
    padded image. The last place, `2 * padding`, is left out, as in the
    AutoAugment authors' CIFAR-10 code.

    Args:
        padding: Pixels on each side.
        fill_value: Color of the padding in `value_range`, a number or one for
            each of three channels. Defaults to black, the lower end of the
            range.
        seed: Integer seed of the layer.
        value_range: Two numbers, the lowest and the highest possible value of
            float images. Integer images are always 0 to 255.
        **kwargs: `name`.

    Call arguments:
        images: Integers from 0 to 255 or floats in `value_range`, `[batch,
            height, width, channels]`, 1 or 3 channels.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, with its dtype and range; floats are not rounded.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, or the values of the images
            contradict `value_range`.

    Example:

    ```python
    layer = keras_ceb.data.PadAndCrop(4, seed=0)
    layer(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```
    """

    def __init__(
        self,
        padding: int = 4,
        fill_value: float | Sequence[float] | None = None,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs: Any,
    ):
        super().__init__(fill_value, seed, value_range, **kwargs)
        self.padding = positive_integer(padding, "padding")

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        height, width, channels = images.shape[1:]
        draws = uniform(keys, (2,)) * (2 * self.padding)
        start = ops.cast(draws, "int32") - self.padding
        row = start[:, 0, None] + ops.arange(height, dtype="int32")
        column = start[:, 1, None] + ops.arange(width, dtype="int32")
        inside = ops.logical_and(
            ops.logical_and(row >= 0, row < height)[:, :, None],
            ops.logical_and(column >= 0, column < width)[:, None],
        )
        index = ops.clip(row, 0, height - 1)[:, :, None] * width
        index = index + ops.clip(column, 0, width - 1)[:, None]
        image = ops.arange(ops.shape(images)[0], dtype="int32")
        index = index + height * width * image[:, None, None]
        moved = backend.gather(ops.reshape(images, (-1, channels)), index)
        return ops.where(inside[..., None], moved, self.fill_of(images))

    def get_config(self) -> Config:
        return {**super().get_config(), "padding": self.padding}
