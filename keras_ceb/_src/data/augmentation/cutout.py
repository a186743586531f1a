"""Cutout: a square of one color at a random place."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src.data.augmentation.filled_augmentation import (
    FilledAugmentation,
)
from keras_ceb._src.random import uniform
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class Cutout(FilledAugmentation):
    """Covers a square of each image, centered on a random pixel.

    The square is clipped at the border of the image.

    Args:
        size: Pixels per side of the square; `size // 2` before its center and
            as many from it on.
        fill_value: Color of the square in `value_range`, a number or one for
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
    layer = keras_ceb.data.Cutout(16, seed=0)
    layer(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```

    Reference:
        - [DeVries and Taylor, 2017](https://arxiv.org/abs/1708.04552).
    """

    def __init__(
        self,
        size: int = 16,
        fill_value: float | Sequence[float] | None = None,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs: Any,
    ):
        super().__init__(fill_value, seed, value_range, **kwargs)
        self.size = positive_integer(size, "size", minimum=2)

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        height, width = images.shape[1:3]
        draws = uniform(keys, (2,))
        inside = []
        for axis, side in enumerate((height, width)):
            center = ops.cast(draws[:, axis, None] * side, "int32")
            start = center - self.size // 2
            place = ops.arange(side, dtype="int32") - start
            inside.append(
                ops.logical_and(place >= 0, place < self.size // 2 * 2)
            )
        covered = ops.logical_and(inside[0][:, :, None], inside[1][:, None])
        return ops.where(covered[..., None], self.fill_of(images), images)

    def get_config(self) -> Config:
        return {**super().get_config(), "size": self.size}
