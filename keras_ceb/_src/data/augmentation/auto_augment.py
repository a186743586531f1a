"""AutoAugment with the published policies."""

from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.data.augmentation import affine
from keras_ceb._src.data.augmentation import lookup
from keras_ceb._src.data.augmentation import magnitudes as conventions
from keras_ceb._src.data.augmentation import policies
from keras_ceb._src.data.augmentation import policy_tables
from keras_ceb._src.data.augmentation.colors import color
from keras_ceb._src.data.augmentation.colors import fill_color
from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.random import uniform
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of

# The mean color of the training images.
CIFAR10_MEAN = (125.3, 123.0, 113.9)


@keras.saving.register_keras_serializable(package="keras_ceb")
class AutoAugment(ImageAugmentation):
    """Applies a learned augmentation policy, drawn for each image.

    One sub-policy is drawn uniformly for each image; its two operations run
    in order, each with its own probability. The operations are Pillow's, byte
    for byte, on the backend's device.

    In the paper's CIFAR-10 code a crop, a flip and Cutout follow:
    `keras_ceb.data.cifar_augmentation` combines the four. Unlike that
    code, which fills the pixels that a rotation, shear or translation vacates
    with the data's mean at the very end of a policy, this layer fills them
    immediately, so the second operation changes them too.

    Args:
        policy: `"cifar10"` or `"imagenet"`, the 25 published sub-policies, or
            a list of sub-policies, each two triples
            `(operation, probability, level)`.
        magnitudes: What a level means:
            `"authors"`, `"tensorflow"` or `"torchvision"`.
        max_translation: The longest translation in pixels, at the highest
            level. Defaults to that of `magnitudes`.
        fill_value: Color of vacated pixels in `value_range`, a number or one
            for each of three channels. Defaults to the mean of CIFAR-10 for
            the policy `"cifar10"`, and to gray, 128 of 255, for others.
        per_image: `True` loops over the images and runs only the operations
            that each image drew, which is faster on a CPU. `False` runs every
            operation on the whole batch and selects, which is faster on an
            accelerator. The result is the same. Defaults to a loop if no
            accelerator is visible.
        seed: Integer seed of the layer.
        value_range: Two numbers, the lowest and the highest possible value of
            float images. Integer images are always 0 to 255.
        **kwargs: `name`.

    Call arguments:
        images: Integers from 0 to 255 or floats in `value_range`, `[batch,
            height, width, channels]`, 1 or 3 channels, with a static height
            and width. Floats are rounded to the 256 steps of the range, on
            which the operations are defined.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, with its dtype and range.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, or the values of the images are
            not finite or contradict `value_range`. In a compiled step, where
            values cannot be checked, an image with values that are not finite
            becomes NaN, and values outside of the range are clipped.

    Example:

    ```python
    layer = keras_ceb.data.AutoAugment("cifar10", seed=0)
    images = np.random.randint(0, 256, (8, 32, 32, 3)).astype("uint8")
    layer(images).shape  # (8, 32, 32, 3)
    ```

    Float images from 0 to 1:

    ```python
    layer = keras_ceb.data.AutoAugment("cifar10", value_range=(0, 1), seed=0)
    layer(images / 255).shape  # (8, 32, 32, 3)
    ```

    In an input pipeline:

    ```python
    layer = keras_ceb.data.AutoAugment("imagenet", per_image=True)
    train = images_and_labels.batch(16).map(
        lambda x, y: (layer(x), y), num_parallel_calls=tf.data.AUTOTUNE
    )
    ```

    Reference:
        - [Cubuk et al., 2018](https://arxiv.org/abs/1805.09501), section 3,
          Table 6 and the appendix.
    """

    def __init__(
        self,
        policy: str | policies.Rows = "cifar10",
        *,
        magnitudes: str = "authors",
        max_translation: float | None = None,
        fill_value: float | Sequence[float] | None = None,
        per_image: bool | None = None,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs: Any,
    ):
        super().__init__(seed=seed, value_range=value_range, **kwargs)
        self.policy = policy
        self.magnitudes = one_of(
            magnitudes, "magnitudes", conventions.CONVENTIONS
        )
        if max_translation is not None:
            finite_number(max_translation, "max_translation", 0.0)
        self.max_translation = max_translation
        if fill_value is not None:
            fill_value = color(fill_value, "fill_value", self.value_range)
        self.fill_value = fill_value
        self.per_image = per_image
        self._rows = policies.get(policy)
        self._groups = policy_tables.groups_of(self._rows)
        self._tables_of_size: dict[tuple[int, int], dict[str, np.ndarray]] = {}

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        draws = uniform(keys, (5,))
        sub_policy = ops.cast(draws[:, 0] * len(self._rows), "int32")
        probabilities = np.array(
            [[p for _, p, _ in row] for row in self._rows], "float32"
        )
        for slot in range(2):
            applied = draws[:, 1 + slot] < ops.take(
                probabilities[:, slot], sub_policy
            )
            negative = ops.cast(draws[:, 3 + slot] < 0.5, "int32")
            entry = (2 * sub_policy + slot) * 2 + negative
            images = self.apply(images, entry, applied)
        return images

    def apply(self, images: Tensor, entry: Tensor, applied: Tensor) -> Tensor:
        """Applies one operation of the policy to each image.

        Args:
            images: uint8, `[batch, height, width, channels]`.
            entry: int32, `[batch]`, `4 * sub_policy + 2 * slot + negative`.
            applied: bool, `[batch]`, whether to change the image.
        """
        drawn = ops.take(self._tables(*images.shape[1:3])["group"], entry)
        group = ops.where(applied, drawn, len(self._groups))
        if self._loops():
            return self._apply_in_a_loop(images, entry, group)
        for index, names in enumerate(self._groups):
            changed = self._run(names, images, entry)
            chosen = (group == index)[:, None, None, None]
            images = ops.where(chosen, changed, images)
        return images

    def _loops(self) -> bool:
        if self.per_image is None:
            return not backend.has_accelerator()
        return self.per_image

    def _apply_in_a_loop(
        self, images: Tensor, entry: Tensor, group: Tensor
    ) -> Tensor:
        shape = images.shape[1:]

        def branch(
            names: tuple[str, ...],
        ) -> Callable[[Tensor, Tensor], Tensor]:
            def run(image: Tensor, entry: Tensor) -> Tensor:
                changed = self._run(names, image[None], entry[None])
                return ops.reshape(changed, shape)

            return run

        branches = [branch(names) for names in self._groups]
        branches.append(lambda image, entry: image)
        return ops.map(
            lambda one: ops.switch(one[1], branches, one[0], one[2]),
            (images, group, entry),
        )

    def _run(
        self, names: tuple[str, ...], images: Tensor, entry: Tensor
    ) -> Tensor:
        """One group of operations on all `images`."""
        tables = self._tables(*images.shape[1:3])
        if names == policy_tables.FIXED_TABLE:
            table = ops.take(tables["fixed"], entry, axis=0)
            return lookup.apply_tables(images, table[:, None])
        if names == ("AutoContrast",):
            table = lookup.autocontrast(lookup.histograms(images))
            return lookup.apply_tables(images, table)
        if names == ("Equalize",):
            table = lookup.equalize(lookup.histograms(images))
            return lookup.apply_tables(images, table)
        if names == conventions.AFFINE:
            coefficients = ops.take(tables["affine"], entry, axis=0)
            fill = self._fill(images.shape[-1])
            return affine.transform(images, coefficients, fill)
        if names == ("Sharpness",):
            degenerate = lookup.smooth(images)
        else:
            degenerate = lookup.luminance(images)
            if names == ("Contrast",):
                mean = lookup.mean_luminance(degenerate)
                degenerate = mean[:, None, None, None]
        row = ops.take(tables["blend_row"], entry)
        return lookup.blend(degenerate, images, tables["blends"], row)

    def _tables(self, height: int, width: int) -> dict[str, np.ndarray]:
        """What each entry of the policy does to images of this size."""
        size = (height, width)
        if size not in self._tables_of_size:
            self._tables_of_size[size] = policy_tables.make_tables(
                self._rows, self.magnitudes, self.max_translation, *size
            )
        return self._tables_of_size[size]

    def _fill(self, channels: int) -> Tensor:
        if self.fill_value is not None:
            return fill_color(self.fill_value, channels, self.value_range)
        value = CIFAR10_MEAN if self.policy == "cifar10" else 128
        return fill_color(value, channels)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "policy": self.policy,
            "magnitudes": self.magnitudes,
            "max_translation": self.max_translation,
            "fill_value": self.fill_value,
            "per_image": self.per_image,
        }
