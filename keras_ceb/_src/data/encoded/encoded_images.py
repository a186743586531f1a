"""Photographs that stay encoded until they are cropped, as `tf.data`."""

import os
from typing import Any

import keras
import numpy as np

from keras_ceb._src.data.augmentation.image_augmentation import (
    ImageAugmentation,
)
from keras_ceb._src.data.augmentation.image_augmentation import (
    optional_augmentation,
)
from keras_ceb._src.data.encoded import steps
from keras_ceb._src.data.encoded.sources import FolderSource
from keras_ceb._src.data.encoded.sources import TfdsSource
from keras_ceb._src.typing import Dataset
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import positive_integer


class EncodedImages:
    """Batches of crops of encoded images, in a resumable order.

    Returned by `keras_ceb.data.imagenet`; see there. `len(dataset)` is the
    number of batches per epoch; `num_examples` and `class_names` are those of
    the source. Needs TensorFlow, on any backend.

    Args:
        source: A folder with one folder of images per class, in the order of
            their names, on any file system that TensorFlow reads; or what
            `imagenet` passes for a prepared data set of TFDS.
        batch_size: Examples per batch, of this shard.
        training: Whether to shuffle and crop at random. If not, images come
            once, in order, as central crops.
        image_size: Pixels per side.
        augmentation: A layer of `keras_ceb.data`, or `None`. It sees the
            crops as uint8, before they are scaled to 0..1, whatever its
            `value_range`.
        seed: Integer seed of order, crops and augmentation.
        shard: Pair of integers: the index of the part to read, and the number
            of equal parts.
        batches_per_epoch: Batches of this shard in an epoch of training.
            Defaults to all that are full. Needed if replicas take turns at
            the batches of one shard: with unequal numbers, their epochs would
            diverge.

    Raises:
        FileNotFoundError: If a folder holds no images.
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid.

    Example:

    ```python
    train = keras_ceb.data.imagenet("train", 256)
    model.fit(train.as_tf_data(), steps_per_epoch=len(train), epochs=270)
    ```
    """

    def __init__(
        self,
        source: str | os.PathLike[str] | FolderSource | TfdsSource,
        batch_size: int,
        *,
        training: bool,
        image_size: int = 224,
        augmentation: ImageAugmentation | None = None,
        seed: int = 0,
        shard: tuple[int, int] = (0, 1),
        batches_per_epoch: int | None = None,
    ):
        if isinstance(source, (str, os.PathLike)):
            source = FolderSource(source)
        self.source = source
        self.batch_size = positive_integer(batch_size, "batch_size")
        self.training = boolean(training, "training")
        self.image_size = positive_integer(image_size, "image_size")
        self.augmentation = optional_augmentation(augmentation)
        self.seed = integer_seed(seed)
        self.shard = _checked_shard(shard)
        self.num_examples = source.num_examples
        self.class_names = source.class_names
        self.batches_per_epoch: int | None = None
        if not len(self):
            raise ValueError(
                "`source` must fill at least one batch. Received: "
                f"{self.num_examples} examples in {self.shard[1]} shards, "
                f"batch_size={batch_size}"
            )
        if batches_per_epoch is not None:
            most = len(self)
            self.batches_per_epoch = positive_integer(
                batches_per_epoch, "batches_per_epoch"
            )
            if batches_per_epoch > most or not training:
                raise ValueError(
                    "`batches_per_epoch` must be at most the number of "
                    f"batches, {most}, and is for training only. "
                    f"Received: {batches_per_epoch=}, {training=}"
                )

    def __len__(self) -> int:
        index, count = self.shard
        if self.batches_per_epoch is not None:
            return self.batches_per_epoch
        if self.training:
            # The same number on every shard, so that no replica waits.
            return self.num_examples // count // self.batch_size
        mine = len(range(index, self.num_examples, count))
        return -(-mine // self.batch_size)

    def as_tf_data(
        self,
        initial_epoch: int = 0,
        *,
        service: str | None = None,
        deterministic: bool | None = None,
    ) -> Dataset:
        """The batches as a `tf.data.Dataset`.

        Training data is an endless stream of epochs: pass
        `steps_per_epoch=len(dataset)` to `fit`. Other data comes once.

        Args:
            initial_epoch: The epoch to begin with, as for `fit`.
            service: Address of a `tf.data` service that prepares training
                data, or `None`.
            deterministic: Whether the batches are the same each time. Defaults
                to `True` without a `service`.

        Returns:
            `tf.data.Dataset` of float32 images in 0..1, `[batch, image_size,
            image_size, 3]`, and int64 labels, `[batch]`.

        Raises:
            ValueError: If an argument is invalid.
        """
        import tensorflow as tf

        first = positive_integer(initial_epoch, "initial_epoch", minimum=0)
        deterministic = self._checked_order(service, deterministic)
        last = np.iinfo("int64").max if self.training else first + 1
        pipeline = tf.data.Dataset.range(first, last)
        # It does not need AutoGraph, which would take seconds.
        epoch = tf.autograph.experimental.do_not_convert(self._epoch)
        pipeline = pipeline.flat_map(epoch)
        on_tensorflow = keras.config.backend() == "tensorflow"
        if on_tensorflow:
            pipeline = self._augmented(pipeline)
        if service is not None:
            # Each worker takes whole epochs, so that every image comes equally
            # often.
            policy = tf.data.experimental.service.ShardingPolicy.DYNAMIC
            pipeline = pipeline.apply(
                tf.data.experimental.service.distribute(policy, service)
            )
        if not on_tensorflow:
            # Other backends run in this process.
            pipeline = self._augmented(pipeline)
        pipeline = pipeline.map(
            steps.scaled, num_parallel_calls=tf.data.AUTOTUNE
        )
        if not self.training:
            pipeline = pipeline.apply(
                tf.data.experimental.assert_cardinality(len(self))
            )
        options = tf.data.Options()
        options.deterministic = deterministic
        # A strategy must not shard the data a second time.
        options.experimental_distribute.auto_shard_policy = (
            tf.data.experimental.AutoShardPolicy.OFF
            if self.shard[1] > 1
            else tf.data.experimental.AutoShardPolicy.DATA
        )
        return pipeline.with_options(options).prefetch(tf.data.AUTOTUNE)

    def _checked_order(
        self, service: str | None, deterministic: bool | None
    ) -> bool:
        """Whether the batches must be the same each time."""
        if deterministic is None:
            deterministic = service is None
        if service is not None and boolean(deterministic, "deterministic"):
            raise ValueError(
                "`deterministic` must be False with a `service`, whose "
                f"workers run ahead of each other. Received: {service=}"
            )
        if service is not None and not self.training:
            raise ValueError(
                "`service` must be None except in training: images may be "
                f"lost or repeated if a worker restarts. Received: {service=}"
            )
        return deterministic

    def _epoch(self, epoch: Tensor) -> Dataset:
        """The crops of one epoch in batches, with their numbers."""
        examples = self.source.examples(
            epoch, self.seed, self.training, self.shard
        )
        if self.training:
            # A shard with fewer examples than others uses some of them twice.
            examples = examples.repeat().take(len(self) * self.batch_size)
        examples = steps.cropped(
            examples, epoch, self.seed, self.image_size, self.training
        )
        return examples.batch(self.batch_size, drop_remainder=self.training)

    def _augmented(self, pipeline: Dataset) -> Dataset:
        if self.augmentation is None:
            return pipeline
        return steps.augmented(pipeline, self.augmentation, self.seed)


def _checked_shard(shard: Any) -> tuple[int, int]:
    try:
        index, count = shard
    except (TypeError, ValueError):
        index = count = -1
    count = positive_integer(count, "shard")
    index = positive_integer(index, "shard", minimum=0)
    if index >= count:
        raise ValueError(
            "`shard` must be a pair, the number of a part from 0 and the "
            f"number of parts. Received: shard={shard!r}"
        )
    return index, count
