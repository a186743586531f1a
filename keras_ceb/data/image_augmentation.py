"""What the augmentation layers share: checks, and random keys per image."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb import backend
from keras_ceb.random import image_keys
from keras_ceb.validation import finite_number
from keras_ceb.validation import positive_integer


class ImageAugmentation(keras.layers.Layer):
    """Base class of the augmentations: changes each image by its own key.

    As a layer it augments in training and returns its input elsewhere. The
    method `augment` is a pure function of images and keys: the same key gives
    the same change, whatever the batch around the image, on either backend.

    Under `tf.distribute`, every replica draws the same numbers for the first,
    second, ... image of its share; augment in the input pipeline to avoid it.

    Subclasses implement `augment_images(images, keys)`.

    Args:
        seed: Integer seed of the layer. `augment` does not use it.
        **kwargs: `name`.

    Call arguments:
        images: Values in 0..255, `[batch, height, width, channels]`, 1 or 3
            channels, with a static height and width. Floats are rounded.
        training: Whether to augment. Defaults to `True` outside of a model.

    Output shape:
        That of the input, and its dtype.

    Raises:
        ValueError: If the images are of another shape.
    """

    def __init__(self, seed: int | None = None, **kwargs: Any):
        # Pixel values do not survive half precision.
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)
        if seed is not None:
            seed = positive_integer(seed, "seed", minimum=0)
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)
        self._compiled = backend.jit(self._augment)
        self._compiled_call = backend.jit(self._augment_batch)
        self.built = True

    def augment_images(self, images: Any, keys: Any) -> Any:
        """The augmented images.

        Args:
            images: uint8, `[batch, height, width, channels]`.
            keys: uint32, `[batch, 2]`.
        """
        raise NotImplementedError

    def augment(self, images: Any, keys: Any) -> Any:
        """Augments each image by its own key.

        Args:
            images: As for the call.
            keys: uint32, `[batch, 2]`, one key an image.

        Returns:
            Images of the shape and dtype of `images`.
        """
        images = ops.convert_to_tensor(images)
        check_images(images)
        return self._compiled(images, keys)

    def _augment(self, images, keys):
        dtype = keras.backend.standardize_dtype(images.dtype)
        if dtype == "uint8":
            return self.augment_images(images, keys)
        # Through int32: XLA leaves a cast of 255.5 or -1 to uint8 undefined.
        values = ops.cast(ops.clip(ops.round(images), 0, 255), "int32")
        values = self.augment_images(ops.cast(values, "uint8"), keys)
        return ops.cast(values, dtype)

    def call(self, images, training=True):
        if not training:
            return images
        images = ops.convert_to_tensor(images)
        check_images(images)
        return self._compiled_call(images, self.seed_generator.next())

    def _augment_batch(self, images, seed):
        index = ops.arange(ops.shape(images)[0], dtype="int32")
        return self._augment(images, image_keys(seed, index))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "seed": self.seed}


def check_images(images: Any) -> None:
    """Raises a `ValueError` unless `images` are of a shape to augment."""
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
            f"a side. Received: images of shape {shape}"
        )


def colour(value: Any, name: str) -> float | tuple[float, ...]:
    """`value`, if it is a colour: a number or one for each of 3 channels."""
    if not hasattr(value, "__len__"):
        return finite_number(value, name, 0.0, 255.0)
    if len(value) != 3:
        raise ValueError(
            f"`{name}` must be a number or three numbers. "
            f"Received: {name}={value!r}"
        )
    return tuple(finite_number(v, name, 0.0, 255.0) for v in value)


def fill_colour(value: float | tuple[float, ...], channels: int) -> np.ndarray:
    """A colour as uint8, [channels]; grey is the mean of three channels."""
    values = np.atleast_1d(np.asarray(value, "float64"))
    if channels == 1:
        values = values.mean(keepdims=True)
    return np.broadcast_to(np.round(values), (channels,)).astype("uint8")
