"""Base class of the augmentations that fill a part of each image."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.data.augmentation.colors import color
from keras_ceb._src.data.augmentation.colors import fill_color
from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.augmentation.pixel_range import Use
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor


class FilledAugmentation(ImageAugmentation):
    """Base class of the augmentations that fill pixels with one color.

    Args:
        fill_value: Color in `value_range`, a number or one for each of three
            channels; `None` is black, the lower end of the range.
        seed: Integer seed of the layer.
        value_range: See `ImageAugmentation`.
        **kwargs: `name`.

    Raises:
        ValueError: If the color is not in the range.
    """

    def __init__(
        self,
        fill_value: float | Sequence[float] | None = None,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs: Any,
    ):
        super().__init__(seed=seed, value_range=value_range, **kwargs)
        if fill_value is not None:
            fill_value = color(fill_value, "fill_value", self.value_range)
        self.fill_value = fill_value
        self._color = self.value_range[0] if fill_value is None else fill_value

    @property
    def range_use(self) -> Use:
        # Black is zero whatever the highest value is.
        return Use.SCALE if np.any(self._color) else Use.ENDS

    def fill_of(self, images: Tensor) -> Tensor:
        """The color as `[channels]`, in the dtype of `images`."""
        return fill_color(
            self._color,
            images.shape[-1],
            self.value_range,
            keras.backend.standardize_dtype(images.dtype),
        )

    def get_config(self) -> Config:
        return {**super().get_config(), "fill_value": self.fill_value}
