"""Augmentations one after another, and the chain of the CIFAR-10 study."""

from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb._src.data.augmentation.auto_augment import CIFAR10_MEAN
from keras_ceb._src.data.augmentation.auto_augment import AutoAugment
from keras_ceb._src.data.augmentation.cutout import Cutout
from keras_ceb._src.data.augmentation.horizontal_flip import HorizontalFlip
from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.augmentation.pad_and_crop import PadAndCrop
from keras_ceb._src.data.augmentation.pixel_range import Use
from keras_ceb._src.data.augmentation.policies import Rows
from keras_ceb._src.random import bits
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import increasing_pair


@keras.saving.register_keras_serializable(package="keras_ceb")
class AugmentationChain(ImageAugmentation):
    """Applies augmentations in order, each with its own random numbers.

    Floats are rounded only by the parts that do so when used alone.

    Args:
        augmentations: List of augmentation layers of `keras_ceb.data`, with
            the same `value_range`; that of a `HorizontalFlip` is ignored.
        seed: Integer seed of the layer; those of its parts are ignored.
        value_range: Two numbers, the lowest and the highest possible value of
            float images. Defaults to that of the parts.
        **kwargs: `name`.

    Call arguments:
        images: Integers from 0 to 255 or floats in `value_range`, `[batch,
            height, width, channels]`, 1 or 3 channels.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, with its dtype and range.

    Raises:
        TypeError: If a part is not an augmentation layer of `keras_ceb.data`.
        ValueError: If parts have another `value_range`, or the values of the
            images contradict it.

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
        value_range: Sequence[float] | None = None,
        **kwargs: Any,
    ):
        for part in augmentations:
            if not isinstance(part, ImageAugmentation):
                raise TypeError(
                    "`augmentations` must be augmentation layers of "
                    f"`keras_ceb.data`. Received: {part!r}"
                )
        ranges = [
            part.value_range
            for part in augmentations
            if part.range_use > Use.NOTHING
        ]
        if value_range is None:
            value_range = ranges[0] if ranges else (0, 255)
        super().__init__(seed=seed, value_range=value_range, **kwargs)
        if any(other != self.value_range for other in ranges):
            raise ValueError(
                "`augmentations` must all have the `value_range` of the chain. "
                "Received: value_range="
                f"{self.value_range} and parts of {ranges}"
            )
        self.augmentations = list(augmentations)

    @property
    def range_use(self) -> Use:
        uses = [part.range_use for part in self.augmentations]
        return max(uses, default=Use.NOTHING)

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        for place, part in enumerate(self.augmentations):
            images = part.change(images, bits(keys, (2,), place))
        return images

    def change(self, images: Tensor, keys: Tensor) -> Tensor:
        # Each part does its own rounding.
        return self.augment_images(images, keys)

    def get_config(self) -> Config:
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "augmentations": [serialize(part) for part in self.augmentations],
        }

    @classmethod
    def from_config(cls, config: Config) -> "AugmentationChain":
        config = dict(config)
        deserialize = keras.saving.deserialize_keras_object
        config["augmentations"] = [
            deserialize(part) for part in config["augmentations"]
        ]
        return cls(**config)


def cifar_augmentation(
    policy: str | Rows | None = "cifar10",
    *,
    cutout: int | None = 16,
    fill_value: float | Sequence[float] | None = None,
    per_image: bool | None = None,
    seed: int | None = None,
    value_range: Sequence[float] = (0, 255),
) -> AugmentationChain:
    """The AutoAugment authors' CIFAR-10 augmentation, in their order.

    The policy, a crop of the image padded by 4 pixels, a horizontal flip, and
    Cutout.

    Args:
        policy: For `AutoAugment`, or `None` for none.
        cutout: Pixels per side of the square, or `None` for none.
        fill_value: Color of all pixels without content, in `value_range`.
            Defaults to the mean of CIFAR-10: which is zero in the
            authors' standardized images.
        per_image: For `AutoAugment`.
        seed: Integer seed of the layer.
        value_range: Two numbers, the lowest and the highest possible value of
            float images. Integer images, such as those that `cifar10`
            passes to its augmentation, are always 0 to 255.

    Example:

    ```python
    augmentation = keras_ceb.data.cifar_augmentation(seed=0)
    augmentation(np.zeros((8, 32, 32, 3), "uint8")).shape  # (8, 32, 32, 3)
    ```

    Reference:
        - [Cubuk et al., 2018](https://arxiv.org/abs/1805.09501), section 4.1,
          and the code at tensorflow/models, `research/autoaugment`.
    """
    low, high = increasing_pair(value_range, "value_range")
    if fill_value is None:
        scale = (high - low) / 255
        fill_value = tuple(low + scale * value for value in CIFAR10_MEAN)
    options: dict[str, Any] = {
        "fill_value": fill_value,
        "value_range": value_range,
    }
    parts: list[ImageAugmentation] = []
    if policy is not None:
        parts.append(AutoAugment(policy, per_image=per_image, **options))
    parts += [PadAndCrop(4, **options), HorizontalFlip()]
    if cutout is not None:
        parts.append(Cutout(cutout, **options))
    return AugmentationChain(parts, seed=seed, value_range=value_range)
