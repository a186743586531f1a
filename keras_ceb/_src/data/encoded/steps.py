"""The steps of the pipeline of encoded images; TensorFlow only.

Elements are batches (numbers, epochs, images, labels): int64, int64, uint8 and
int64. The number and the epoch of an image seed its augmentation.
"""

import keras
import numpy as np

from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.encoded.crops import central_crop
from keras_ceb._src.data.encoded.crops import distorted_crop
from keras_ceb._src.random import image_keys
from keras_ceb._src.typing import Dataset
from keras_ceb._src.typing import Tensor

# Numbers, epochs, images and labels.
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def cropped(
    examples: Dataset, epoch: Tensor, seed: int, size: int, training: bool
) -> Dataset:
    """The crops of one epoch, with their numbers.

    Args:
        examples: `tf.data.Dataset` of triples, see `sources`.
        epoch: Int64 scalar tensor.
        seed: Seed of the crops.
        size: Pixels per side.
        training: Whether to crop at random; if not, the central crop.

    Returns:
        `tf.data.Dataset` of single elements.
    """
    import tensorflow as tf

    words = tf.stack([tf.cast(seed, "int64"), epoch])

    def crop(number: Tensor, encoded: Tensor, label: Tensor) -> Batch:
        if training:
            fold = tf.random.experimental.stateless_fold_in
            image = distorted_crop(encoded, size, fold(words, number))
        else:
            image = central_crop(encoded, size)
        return number, epoch, image, label

    return examples.map(crop, num_parallel_calls=tf.data.AUTOTUNE)


def augmented(
    pipeline: Dataset, augmentation: ImageAugmentation, seed: int
) -> Dataset:
    """Batches whose images are augmented, in the graph or on the host.

    Args:
        pipeline: `tf.data.Dataset` of batches.
        augmentation: The layer.
        seed: Seed of the augmentation.
    """
    import tensorflow as tf

    def augment(images: Tensor, numbers: Tensor, words: Tensor) -> Tensor:
        keys = image_keys(words, numbers)
        return augmentation.augment(images, keys)

    def in_graph(
        numbers: Tensor, epochs: Tensor, images: Tensor, labels: Tensor
    ) -> Batch:
        words = tf.stack([tf.cast(seed, "int64"), epochs[0]])
        images = augment(images, numbers, tf.cast(words, "uint32"))
        return numbers, epochs, images, labels

    def on_host(
        numbers: Tensor, epochs: Tensor, images: Tensor, labels: Tensor
    ) -> Batch:
        shape = images.shape
        images = tf.numpy_function(
            lambda images, numbers, epochs: np.asarray(
                augment(images, numbers, np.array([seed, epochs[0]], "uint32"))
            ),
            [images, numbers, epochs],
            tf.uint8,
        )
        return numbers, epochs, tf.ensure_shape(images, shape), labels

    tensorflow = keras.config.backend() == "tensorflow"
    return pipeline.map(
        in_graph if tensorflow else on_host,
        num_parallel_calls=tf.data.AUTOTUNE,
    )


def scaled(
    numbers: Tensor, epochs: Tensor, images: Tensor, labels: Tensor
) -> tuple[Tensor, Tensor]:
    """Images as float32 from 0 to 1, and labels."""
    import tensorflow as tf

    del numbers, epochs
    return tf.cast(images, "float32") * np.float32(1 / 255), labels
