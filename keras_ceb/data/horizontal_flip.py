"""A mirror image, half of the time."""

import keras
from keras import ops

from keras_ceb.data.image_augmentation import ImageAugmentation
from keras_ceb.random import uniform


@keras.saving.register_keras_serializable(package="keras_ceb")
class HorizontalFlip(ImageAugmentation):
    """Swaps left and right of each image with probability one half.

    Args:
        seed: Integer seed of the layer.
        **kwargs: `name`.

    Call arguments:
        images: Values in 0..255, `[batch, height, width, channels]`.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, and its dtype.

    Example:

    ```python
    layer = keras_ceb.data.HorizontalFlip(seed=0)
    layer(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```
    """

    def augment_images(self, images, keys):
        chosen = uniform(keys, (1,))[:, :, None, None] < 0.5
        return ops.where(chosen, ops.flip(images, axis=2), images)
