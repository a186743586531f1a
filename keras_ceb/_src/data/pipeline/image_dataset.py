"""Batches of images in a resumable order."""

import random
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.augmentation.image_augmentation import (
    optional_augmentation,
)
from keras_ceb._src.data.pipeline.scaling import check_bounds
from keras_ceb._src.data.pipeline.scaling import scale_pixels
from keras_ceb._src.random import image_keys
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import positive_integer

# Twenty rounds of small operations, which take longer than the augmentation
# if they are not compiled.
_image_keys = backend.jit(image_keys)


class ImageDataset(keras.utils.PyDataset):
    """Batches of images and labels, shuffled by seed and epoch alone.

    Order and augmentation are functions of `seed`, the epoch and the index of
    the image. Nothing is carried from one epoch to the next, so a resumed run
    gets the batches that it would have had. `fit` does not pass the epoch to a
    data set; the callback `FollowEpochs` does, also after
    `keras.callbacks.BackupAndRestore` has set the first epoch. Without the
    callback the data set counts the passes over it.

    Batches are NumPy arrays, for any backend.

    A subclass implements `num_examples` and `read(places)`, as `ArrayDataset`
    and `FolderDataset` do.

    Args:
        batch_size: Examples per batch.
        shuffle: Whether to shuffle, by `seed` and epoch.
        seed: Integer seed of order and augmentation.
        augmentation: A layer of `keras_ceb.data`, or `None`. It sees the
            images before they are scaled.
        bounds: The lowest and the highest value of the images that come out,
            to which pixels from 0 to 255 are scaled as float32. `None` keeps
            values and dtype.
        drop_remainder: Whether to drop a last batch that is not full, so that
            all shapes are static. Defaults to `shuffle`.

    Attributes:
        class_names: Names of the classes in the order of their labels, or
            `None` if they are not known.
    """

    class_names: list[str] | None = None

    def __init__(
        self,
        batch_size: int = 128,
        *,
        shuffle: bool = True,
        seed: int = 0,
        augmentation: ImageAugmentation | None = None,
        bounds: Sequence[float] | None = (0.0, 1.0),
        drop_remainder: bool | None = None,
    ):
        # No workers: Keras would pass batches that they prepared too early to
        # the next epoch.
        super().__init__()
        self.batch_size = positive_integer(batch_size, "batch_size")
        self.shuffle = boolean(shuffle, "shuffle")
        self.seed = integer_seed(seed)
        self.augmentation = optional_augmentation(augmentation)
        self.bounds = check_bounds(bounds)
        if drop_remainder is None:
            drop_remainder = self.shuffle
        self.drop_remainder = boolean(drop_remainder, "drop_remainder")
        self._epoch = 0
        self._passes = 0
        self._followed = False
        self._random_state: Any = None

    @property
    def num_examples(self) -> int:
        """How many images there are."""
        raise NotImplementedError

    def read(
        self, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Images and labels as they are stored.

        Args:
            places: Integers from 0 to `num_examples - 1`, `[n]`.

        Returns:
            Those of `places` that could be read, `[m]`, their images, `[m,
            height, width, channels]`, and their labels, `[m, ...]`.
        """
        raise NotImplementedError

    @property
    def epoch(self) -> int:
        """The epoch of the batches, from 0. Can be set."""
        return self._epoch

    @epoch.setter
    def epoch(self, epoch: int) -> None:
        self._epoch = positive_integer(epoch, "epoch", minimum=0)
        self._followed = True

    def __len__(self) -> int:
        size = self.num_examples
        if not self.drop_remainder:
            size += self.batch_size - 1
        return size // self.batch_size

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Batch `index` of the current epoch."""
        self._give_random_back()
        # This ends a loop over the data set in older versions of Keras.
        if not 0 <= index < len(self):
            raise IndexError(
                f"`index` must be in 0..{len(self) - 1}. Received: {index!r}"
            )
        epoch = self._epoch
        order = self.order(epoch)
        start = index * self.batch_size
        return self.examples(order[start : start + self.batch_size], epoch)

    def on_epoch_begin(self) -> None:
        """Called by Keras: counts the passes if the epoch is not set."""
        if not self._followed:
            self._epoch = self._passes
            self._passes += 1
        # Unless it is told `shuffle=False`, `fit` shuffles the batches by
        # Python's generator, between here and the first batch.
        if self._random_state is None:
            self._random_state = random.getstate()
        random.seed(f"{self.seed} {self._epoch}")

    def on_epoch_end(self) -> None:
        """Called by Keras."""
        self._give_random_back()

    def _give_random_back(self) -> None:
        """Restores Python's generator to its state before the epoch."""
        if self._random_state is not None:
            random.setstate(self._random_state)
            self._random_state = None

    def order(self, epoch: int) -> np.ndarray:
        """The places of all examples in the order of an epoch, [examples]."""
        if not self.shuffle:
            return np.arange(self.num_examples)
        rng = np.random.default_rng([self.seed, epoch])
        return rng.permutation(self.num_examples)

    def examples(
        self, places: np.ndarray, epoch: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """The examples at `places`, augmented and scaled as in an epoch."""
        places, images, labels = self.read(places)
        if self.augmentation is not None and len(places):
            seed = np.array([self.seed, epoch], "uint32")
            keys = _image_keys(seed, places.astype("uint32"))
            augmented = self.augmentation.augment(images, keys, check=False)
            # A backend may lack 64-bit types.
            images = ops.convert_to_numpy(augmented).astype(images.dtype)
        if self.bounds is not None:
            images = scale_pixels(images, self.bounds)
        return images, labels

    def _check_size(self) -> None:
        """Raises a `ValueError` if there are too few images for a batch."""
        if not len(self):
            raise ValueError(
                "`images` must fill at least one batch. Received: "
                f"{self.num_examples} images, batch_size={self.batch_size}, "
                f"drop_remainder={self.drop_remainder}"
            )
