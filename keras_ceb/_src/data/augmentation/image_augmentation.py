"""Base class of the augmentation layers: checks, and a key per image."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.data.augmentation import eight_bits
from keras_ceb._src.data.augmentation import pixel_range
from keras_ceb._src.data.augmentation.pixel_range import Use
from keras_ceb._src.random import image_keys
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import increasing_pair
from keras_ceb._src.validation import optional_seed


class ImageAugmentation(keras.layers.Layer):
    """Base class of the augmentations: changes each image by its own key.

    As a layer it augments in training and returns its input otherwise. The
    method `augment` is a pure function of images and keys: the same key gives
    the same change, whatever else is in the batch and whatever the range and
    dtype, on any backend.

    Under `tf.distribute`, every replica draws the same numbers for the first,
    second, ... image of its share. Augment in the input pipeline to avoid it.

    Subclasses implement `augment_images(images, keys)`, which gets uint8
    images unless `range_use` is less than `Use.BYTES`.

    Args:
        seed: Integer seed of the layer. `augment` does not use it.
        value_range: Two numbers, the lowest and the highest possible value of
            float images. Integer images are always 0 to 255.
        **kwargs: `name`.

    Call arguments:
        images: Integers from 0 to 255 or floats in `value_range`, `[batch,
            height, width, channels]`, 1 or 3 channels, with a static height
            and width.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, with its dtype and range.

    Raises:
        TypeError: If the images are neither integers nor floats.
        ValueError: If the images are of another shape, or their values
            contradict the range. In a graph of TensorFlow that is a
            `tf.errors.InvalidArgumentError`; in a compiled step values are
            not checked.
    """

    def __init__(
        self,
        seed: int | None = None,
        value_range: Sequence[float] = (0, 255),
        **kwargs: Any,
    ):
        kwargs.setdefault("dtype", "float32")
        # Keras would cast the images to that.
        super().__init__(autocast=False, **kwargs)
        self.seed = seed = optional_seed(seed)
        self.value_range = increasing_pair(value_range, "value_range")
        self.seed_generator = keras.random.SeedGenerator(
            backend.seed_word(seed)
        )
        self._compiled = backend.jit(self.change)
        self._compiled_call = backend.jit(self._augment_batch)
        self.built = True

    @property
    def range_use(self) -> Use:
        """How the augmentation depends on the range."""
        return Use.BYTES

    def augment_images(self, images: Tensor, keys: Tensor) -> Tensor:
        """The augmented images.

        Args:
            images: `[batch, height, width, channels]`, uint8, or of any dtype
                if `range_use` is less than `Use.BYTES`.
            keys: uint32, `[batch, 2]`.
        """
        raise NotImplementedError

    def augment(
        self, images: Tensor, keys: Tensor, check: bool = True
    ) -> Tensor:
        """Augments each image by its own key.

        Args:
            images: As for the call.
            keys: uint32, `[batch, 2]`, one key per image.
            check: Whether to check the values. Images that were checked
                together by `check_images` need no second check, and a single
                batch of them may be darker than it allows.

        Returns:
            Images of the shape, dtype and range of `images`.
        """
        images = ops.convert_to_tensor(images)
        if check:
            self.check_images(images)
        else:
            check_shape(images)
        return self._compiled(images, keys)

    def check_images(self, images: Tensor) -> None:
        """Raises an error unless `images` can be augmented.

        Args:
            images: Array or tensor of images, as for the call.
        """
        pixel_range.check_dtype(images)
        check_shape(images)
        pixel_range.check_values(images, self.value_range, self.range_use)

    def change(self, images: Tensor, keys: Tensor) -> Tensor:
        """What `augment` compiles: rounds floats if necessary, and augments."""
        dtype = keras.backend.standardize_dtype(images.dtype)
        if dtype == "uint8" or self.range_use < Use.BYTES:
            return self.augment_images(images, keys)
        augmented = self.augment_images(
            eight_bits.to_bytes(images, self.value_range), keys
        )
        return eight_bits.from_bytes(augmented, images, self.value_range)

    def call(self, images: Tensor, training: bool = True) -> Tensor:
        if not training:
            return images
        images = ops.convert_to_tensor(images)
        self.check_images(images)
        return self._compiled_call(images, self.seed_generator.next())

    def _augment_batch(self, images: Tensor, seed: Tensor) -> Tensor:
        index = ops.arange(ops.shape(images)[0], dtype="int32")
        return self.change(images, image_keys(seed, index))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def compute_output_spec(
        self, images: Tensor, training: bool = True
    ) -> keras.KerasTensor:
        pixel_range.check_dtype(images)
        check_shape(images)
        return keras.KerasTensor(images.shape, dtype=images.dtype)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "seed": self.seed,
            "value_range": self.value_range,
        }


def check_shape(images: Tensor) -> None:
    """Raises a `ValueError` unless `images` have a supported shape."""
    shape = tuple(images.shape)
    if (
        len(shape) != 4
        or shape[-1] not in (1, 3)
        or None in shape[1:]
        or min(shape[1:3]) < 3
    ):
        raise ValueError(
            "`images` must be a batch of images of static size with 1 or 3 "
            "channels, [batch, height, width, channels], at least 3 pixels "
            f"per side. Received: images of shape {shape}"
        )


def optional_augmentation(value: Any) -> ImageAugmentation | None:
    """`value`, if it is `None` or an augmentation layer of this package."""
    if value is not None and not isinstance(value, ImageAugmentation):
        raise TypeError(
            "`augmentation` must be an augmentation layer of "
            f"`keras_ceb.data`. Received: augmentation={value!r}"
        )
    return value
