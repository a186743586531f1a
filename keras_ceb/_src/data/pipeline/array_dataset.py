"""Arrays in batches, in a resumable order."""

from collections.abc import Sequence

import numpy as np

from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.pipeline.image_dataset import ImageDataset
from keras_ceb._src.data.pipeline.scaling import check_pixels
from keras_ceb._src.data.pipeline.tf_pipeline import tf_pipeline
from keras_ceb._src.typing import Dataset


class ArrayDataset(ImageDataset):
    """Images and labels in memory, as an `ImageDataset`.

    Order and augmentation are functions of `seed`, the epoch and the index of
    the image, so an interrupted run resumes with the batches that it would
    have had; see `ImageDataset`. `as_tf_data` gives the same batches as
    a `tf.data` pipeline.

    Args:
        images: Array, `[examples, height, width, channels]`, of integers from
            0 to 255 or of floats in the `value_range` of the augmentation;
            without an augmentation, any array.
        labels: Array, `[examples, ...]`.
        batch_size: Examples per batch.
        shuffle: Whether to shuffle, by `seed` and epoch.
        seed: Integer seed of order and augmentation.
        augmentation: A layer of `keras_ceb.data`, or `None`. It sees the
            images before they are scaled.
        bounds: The lowest and the highest value of the images that come out,
            to which pixels from 0 to 255 are scaled as float32. `None` keeps
            values and dtype, for images that are in the range of the model
            already.
        drop_remainder: Whether to drop a last batch that is not full, so that
            all shapes are static. Defaults to `shuffle`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If there are not as many labels as images, fewer examples
            than one batch needs, or an argument is invalid. Also if images
            that are to be scaled are not from 0 to 255, or contradict the
            `value_range` of the augmentation.

    Example:

    ```python
    images = np.zeros((100, 32, 32, 3), "uint8")
    labels = np.arange(100) % 10
    train = keras_ceb.data.ArrayDataset(images, labels, 32, seed=0)
    len(train), train[0][0].shape  # (3, (32, 32, 32, 3))
    model.fit(train, callbacks=[keras_ceb.data.FollowEpochs(train)])
    ```
    """

    def __init__(
        self,
        images: np.ndarray,
        labels: np.ndarray,
        batch_size: int = 128,
        *,
        shuffle: bool = True,
        seed: int = 0,
        augmentation: ImageAugmentation | None = None,
        bounds: Sequence[float] | None = (0.0, 1.0),
        drop_remainder: bool | None = None,
    ):
        super().__init__(
            batch_size,
            shuffle=shuffle,
            seed=seed,
            augmentation=augmentation,
            bounds=bounds,
            drop_remainder=drop_remainder,
        )
        self.images = np.asarray(images)
        self.labels = np.asarray(labels)
        if len(self.images) != len(self.labels):
            raise ValueError(
                "`images` and `labels` must have the same length. Received: "
                f"{len(self.images)} images and {len(self.labels)} labels"
            )
        self._check_size()
        if self.augmentation is not None:
            self.augmentation.check_images(self.images)
        if self.bounds is not None:
            check_pixels(self.images)

    @property
    def num_examples(self) -> int:
        return len(self.images)

    def read(
        self, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return places, self.images[places], self.labels[places]

    def as_tf_data(self, initial_epoch: int = 0) -> Dataset:
        """The same batches as a `tf.data.Dataset`, on TensorFlow only.

        Shuffled data is an endless stream of epochs: pass
        `steps_per_epoch=len(dataset)` to `fit`. Data that is not shuffled
        comes once. Batches are prepared in the background, in parallel but in
        order.

        Args:
            initial_epoch: The epoch to begin with, as for `fit`.

        Returns:
            A `tf.data.Dataset` of `(images, labels)`, of static shapes if
            the remainder is dropped.

        Raises:
            ImportError: On another backend than TensorFlow.
        """
        return tf_pipeline(self, self.images, self.labels, initial_epoch)
