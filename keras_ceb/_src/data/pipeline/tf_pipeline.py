"""`tf.data` pipelines of array data sets; TensorFlow only."""

import keras
import numpy as np

from keras_ceb._src.data.pipeline.image_dataset import ImageDataset
from keras_ceb._src.data.pipeline.scaling import Bounds
from keras_ceb._src.data.pipeline.scaling import affine
from keras_ceb._src.random import image_keys
from keras_ceb._src.typing import Dataset
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import positive_integer


def tf_pipeline(
    dataset: ImageDataset,
    images: np.ndarray,
    labels: np.ndarray,
    initial_epoch: int = 0,
) -> Dataset:
    """The batches of an `ArrayDataset` as a `tf.data.Dataset`.

    Args:
        dataset: The `ArrayDataset`.
        images: All of its images.
        labels: All of its labels.
        initial_epoch: The epoch to begin with.

    Returns:
        An endless stream of epochs if `dataset` is shuffled, else one epoch.

    Raises:
        ImportError: On another backend than TensorFlow.
    """
    if keras.config.backend() != "tensorflow":
        raise ImportError(
            "`tf.data` pipelines need the TensorFlow backend (pip install "
            "'keras-ceb[data]', KERAS_BACKEND=tensorflow). Give the "
            "`ArrayDataset` itself to `fit`: its batches are NumPy arrays. "
            f"Received: backend={keras.config.backend()!r}"
        )
    import tensorflow as tf

    initial_epoch = positive_integer(initial_epoch, "initial_epoch", minimum=0)
    size = dataset.num_examples
    images, labels = tf.constant(images), tf.constant(labels)

    def batches_of_epoch(epoch: Tensor) -> Dataset:
        # The order is NumPy's, once per epoch, on the host.
        places = tf.numpy_function(
            lambda epoch: dataset.order(int(epoch)).astype("int64"),
            [epoch],
            tf.int64,
            stateful=False,
        )
        places = tf.data.Dataset.from_tensor_slices(
            tf.ensure_shape(places, (size,))
        )
        places = places.batch(
            dataset.batch_size, drop_remainder=dataset.drop_remainder
        )
        return places.map(lambda batch: (batch, epoch))

    def examples(places: Tensor, epoch: Tensor) -> tuple[Tensor, Tensor]:
        x, y = tf.gather(images, places), tf.gather(labels, places)
        if dataset.augmentation is not None:
            seed = tf.stack([tf.cast(dataset.seed, "int64"), epoch])
            keys = image_keys(tf.cast(seed, "uint32"), places)
            x = dataset.augmentation.augment(x, keys, check=False)
        if dataset.bounds is not None:
            x = _scaled(x, dataset.bounds)
        return x, y

    last = np.iinfo("int64").max if dataset.shuffle else initial_epoch + 1
    epochs = tf.data.Dataset.range(initial_epoch, last)
    pipeline = epochs.flat_map(batches_of_epoch)
    pipeline = pipeline.map(examples, num_parallel_calls=tf.data.AUTOTUNE)
    if not dataset.shuffle:
        pipeline = pipeline.apply(
            tf.data.experimental.assert_cardinality(len(dataset))
        )
    return pipeline.prefetch(tf.data.AUTOTUNE)


def _scaled(pixels: Tensor, bounds: Bounds) -> Tensor:
    """As `scale_pixels`, in a graph."""
    import tensorflow as tf

    scale, lower = affine(bounds)
    values = tf.cast(pixels, "float32") * scale
    values = values + lower if lower else values
    return tf.clip_by_value(values, *bounds)
