"""Augmentations one after another, and the chain of the CIFAR-10 study."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb.data.auto_augment import CIFAR10_MEAN
from keras_ceb.data.auto_augment import AutoAugment
from keras_ceb.data.cutout import Cutout
from keras_ceb.data.horizontal_flip import HorizontalFlip
from keras_ceb.data.image_augmentation import ImageAugmentation
from keras_ceb.data.pad_and_crop import PadAndCrop
from keras_ceb.random import bits


@keras.saving.register_keras_serializable(package="keras_ceb")
class AugmentationChain(ImageAugmentation):
    """Applies augmentations in order, each with random numbers of its own.

    Args:
        augmentations: List of augmentation layers of `keras_ceb.data`.
        seed: Integer seed of the layer; those of its parts do not matter.
        **kwargs: `name`.

    Call arguments:
        images: Values in 0..255, `[batch, height, width, channels]`.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, and its dtype.

    Raises:
        TypeError: If a part is not an augmentation layer of `keras_ceb.data`.

    Example:

    ```python
    chain = keras_ceb.data.AugmentationChain(
        [keras_ceb.data.PadAndCrop(4), keras_ceb.data.HorizontalFlip()],
        seed=0,
    )
    chain(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```
    """

    def __init__(
        self,
        augmentations: Sequence[ImageAugmentation],
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(seed=seed, **kwargs)
        for part in augmentations:
            if not isinstance(part, ImageAugmentation):
                raise TypeError(
                    "`augmentations` must be augmentation layers of "
                    f"`keras_ceb.data`. Received: {part!r}"
                )
        self.augmentations = list(augmentations)

    def augment_images(self, images, keys):
        for place, part in enumerate(self.augmentations):
            images = part.augment_images(images, bits(keys, (2,), place))
        return images

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "augmentations": [serialize(part) for part in self.augmentations],
        }

    @classmethod
    def from_config(cls, config):
        config = dict(config)
        deserialize = keras.saving.deserialize_keras_object
        config["augmentations"] = [
            deserialize(part) for part in config["augmentations"]
        ]
        return cls(**config)


def cifar_augmentation(
    policy: str | Sequence[Any] | None = "cifar10",
    *,
    cutout: int | None = 16,
    fill_value: float | Sequence[float] = CIFAR10_MEAN,
    per_image: bool | None = None,
    seed: int | None = None,
) -> AugmentationChain:
    """The AutoAugment authors' CIFAR-10 augmentation, in their order.

    The policy, a crop of the image padded by 4 pixels, a horizontal flip, and
    Cutout.

    Args:
        policy: For `AutoAugment`, or `None` for none.
        cutout: Pixels a side of the square, or `None` for none.
        fill_value: Colour of all pixels without content. Defaults to the mean
            of CIFAR-10: the zero of the standardised images of the authors.
        per_image: For `AutoAugment`.
        seed: Integer seed of the layer.

    Example:

    ```python
    augmentation = keras_ceb.data.cifar_augmentation(seed=0)
    augmentation(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```

    Reference:
        - [Cubuk et al., 2018](https://arxiv.org/abs/1805.09501), section 4.1,
          and the code at tensorflow/models, `research/autoaugment`.
    """
    parts: list[ImageAugmentation] = []
    if policy is not None:
        parts.append(
            AutoAugment(policy, fill_value=fill_value, per_image=per_image)
        )
    parts += [PadAndCrop(4, fill_value), HorizontalFlip()]
    if cutout is not None:
        parts.append(Cutout(cutout, fill_value))
    return AugmentationChain(parts, seed=seed)
