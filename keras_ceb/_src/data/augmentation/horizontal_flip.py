"""Horizontal flips."""

import keras
from keras import ops

from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.augmentation.pixel_range import Use
from keras_ceb._src.random import uniform
from keras_ceb._src.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_ceb")
class HorizontalFlip(ImageAugmentation):
    """Flips each image horizontally with probability one half.

    It is correct for images of any range, so values are not checked.

    Args:
        seed: Integer seed of the layer.
        value_range: As in other augmentations; has no effect here.
        **kwargs: `name`.

    Call arguments:
        images: Integers or floats, `[batch, height, width, channels]`, 1 or 3
            channels.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, with its dtype; values are not rounded.

    Example:

    ```python
    layer = keras_ceb.data.HorizontalFlip(seed=0)
    layer(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```
    """

    @property
    def range_use(self) -> Use:
        return Use.NOTHING

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        chosen = uniform(keys, (1,))[:, :, None, None] < 0.5
        return ops.where(chosen, ops.flip(images, axis=2), images)
