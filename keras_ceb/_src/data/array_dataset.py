"""Arrays in batches, in an order that a killed run finds again."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.data.image_augmentation import ImageAugmentation
from keras_ceb._src.data.pixel_range import check_scale
from keras_ceb._src.random import image_keys
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import positive_integer

# Twenty rounds of small operations, which one by one take longer than the
# augmentation.
_image_keys = backend.jit(image_keys)


class ArrayDataset(keras.utils.PyDataset):
    """Batches of images and labels, shuffled by seed and epoch alone.

    Order and augmentation are functions of `seed`, the epoch and the image's
    place in the arrays. Nothing is carried from one epoch to the next, so a
    run that was killed and goes on sees what it would have seen. `fit` does
    not tell a data set which epoch it is; the callback `FollowEpochs` does,
    also after `keras.callbacks.BackupAndRestore` has set the first epoch.
    Without the callback the data set counts the passes over it.

    Batches are NumPy arrays, for either backend. `as_tf_data` gives the same
    batches as a `tf.data` pipeline.

    Args:
        images: Array, `[examples, height, width, channels]`, of integers from
            0 to 255 or of floats in the `value_range` of the augmentation;
            without an augmentation, any array.
        labels: Array, `[examples, ...]`.
        batch_size: Examples a batch.
        shuffle: Whether to shuffle, by `seed` and epoch.
        seed: Integer seed of order and augmentation.
        augmentation: A layer of `keras_ceb.data`, or `None`. It sees the
            images before they are scaled.
        scale: What the pixel values are multiplied by in the end, to float32,
            or `None` to leave them and their dtype as they are, for images
            that are from 0 to 1 already. Defaults to 1/255: images of 0 to
            255 come out as 0 to 1.
        drop_remainder: Whether to leave out a last batch that is not full, so
            that all shapes are static. Defaults to `shuffle`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If there are not as many labels as images, fewer examples
            than one batch needs, or an argument is not possible. Also if
            `scale` would turn float images into almost black ones, as it does
            with those of 0 to 1, or images contradict the `value_range` of
            the augmentation.

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
        scale: float | None = 1 / 255,
        drop_remainder: bool | None = None,
    ):
        # No workers: Keras hands batches that they made too early on to the
        # next epoch.
        super().__init__()
        self.images = np.asarray(images)
        self.labels = np.asarray(labels)
        self.batch_size = positive_integer(batch_size, "batch_size")
        self.shuffle = shuffle
        self.seed = positive_integer(seed, "seed", minimum=0)
        if augmentation is not None and not isinstance(
            augmentation, ImageAugmentation
        ):
            raise TypeError(
                "`augmentation` must be an augmentation layer of "
                f"`keras_ceb.data`. Received: augmentation={augmentation!r}"
            )
        self.augmentation = augmentation
        self.scale = None if scale is None else finite_number(scale, "scale")
        if drop_remainder is None:
            drop_remainder = shuffle
        self.drop_remainder = drop_remainder
        if len(self.images) != len(self.labels):
            raise ValueError(
                "`images` and `labels` must be equally many. Received: "
                f"{len(self.images)} images and {len(self.labels)} labels"
            )
        if not len(self):
            raise ValueError(
                "`images` must fill at least one batch. Received: "
                f"{len(self.images)} images, batch_size={self.batch_size}, "
                f"drop_remainder={drop_remainder}"
            )
        if self.augmentation is not None:
            self.augmentation.check_images(self.images)
        if self.scale is not None:
            check_scale(self.images, self.scale)
        self._epoch = 0
        self._passes = 0
        self._followed = False

    @property
    def epoch(self) -> int:
        """The epoch whose batches are given out, from 0. Can be set."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = positive_integer(epoch, "epoch", minimum=0)
        self._followed = True

    def __len__(self) -> int:
        size = len(self.images)
        if not self.drop_remainder:
            size += self.batch_size - 1
        return size // self.batch_size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `index` of the current epoch."""
        # Ends a loop over the data set on a Keras that does not itself.
        if not 0 <= index < len(self):
            raise IndexError(
                f"`index` must be in 0..{len(self) - 1}. Received: {index!r}"
            )
        epoch = self._epoch
        order = self.order(epoch)
        start = index * self.batch_size
        return self.examples(order[start : start + self.batch_size], epoch)

    def on_epoch_begin(self) -> None:
        """Called by Keras: counts the passes if nobody sets the epoch."""
        if not self._followed:
            self._epoch = self._passes
            self._passes += 1

    def order(self, epoch: int) -> np.ndarray:
        """The places of all examples in the order of an epoch, [examples]."""
        if not self.shuffle:
            return np.arange(len(self.images))
        rng = np.random.default_rng([self.seed, epoch])
        return rng.permutation(len(self.images))

    def examples(
        self, places: np.ndarray, epoch: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The examples at `places` of the arrays, as an epoch shows them."""
        images, labels = self.images[places], self.labels[places]
        if self.augmentation is not None:
            seed = np.array([self.seed, epoch], "uint32")
            keys = _image_keys(seed, places.astype("uint32"))
            augmented = self.augmentation.augment(images, keys, check=False)
            # A backend may know no 64 bits.
            images = ops.convert_to_numpy(augmented).astype(images.dtype)
        if self.scale is not None:
            images = images.astype("float32") * np.float32(self.scale)
        return images, labels

    def as_tf_data(self, initial_epoch: int = 0) -> Any:
        """The same batches as a `tf.data.Dataset`, on TensorFlow only.

        Shuffled data come as an endless stream of epochs, which `fit` needs
        to be told apart: `steps_per_epoch=len(dataset)`. Data that are not
        shuffled come once. Batches are put together in the background, in
        parallel and yet in order.

        Args:
            initial_epoch: The epoch to begin with, as for `fit`.

        Returns:
            A `tf.data.Dataset` of `(images, labels)`, of static shapes if
            the remainder is dropped.

        Raises:
            ImportError: On another backend than TensorFlow.
        """
        from keras_ceb._src.data.tf_pipeline import tf_pipeline

        return tf_pipeline(self, initial_epoch)
