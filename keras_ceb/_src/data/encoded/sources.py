"""Sources of `EncodedImages`: a folder, or TensorFlow Datasets.

A source has `num_examples`, `class_names`, and a method

    examples(epoch, seed, shuffle, shard) -> tf.data.Dataset

of triples: the number of the example (int64), its JPEG bytes, and its label
(int64). It is called in a graph, where `epoch` is an int64 tensor. The order
depends only on `seed` and `epoch`. `shard` is a pair: the index of this part
and the number of parts. TensorFlow only.
"""

import os
from typing import Any

from keras_ceb._src.typing import Dataset
from keras_ceb._src.typing import Tensor

SUFFIXES = (".jpeg", ".jpg", ".png")
# How many examples of TensorFlow Datasets are shuffled at a time, about 0.9 GB
# of ImageNet, and how many of its files are read in parallel.
SHUFFLE_BUFFER = 8192
FILES_AT_A_TIME = 16


class FolderSource:
    """A folder with one folder of images per class, in the order of names.

    An epoch is a permutation of all files. Works on any file system that
    TensorFlow reads.

    Args:
        path: The folder.

    Raises:
        FileNotFoundError: If it holds no images.
    """

    def __init__(self, path: str | os.PathLike[str]):
        import tensorflow as tf

        path = os.fspath(path)
        gfile = tf.io.gfile
        entries = sorted(gfile.listdir(path)) if gfile.isdir(path) else []
        # Object stores list a folder with a slash after its name.
        names = [name.rstrip("/") for name in entries]
        folders = [os.path.join(path, name) for name in names]
        self.class_names = [
            name
            for name, folder in zip(names, folders, strict=True)
            if gfile.isdir(folder)
        ]
        self.files = []
        self.labels = []
        for label, name in enumerate(self.class_names):
            folder = os.path.join(path, name)
            for file in sorted(gfile.listdir(folder)):
                if file.lower().endswith(SUFFIXES):
                    self.files.append(os.path.join(folder, file))
                    self.labels.append(label)
        self.num_examples = len(self.files)
        if not self.files:
            raise FileNotFoundError(
                f"{path!r} must hold one folder per class, named by its wnid "
                f"for example, with images that end in one of {SUFFIXES}. "
                f"Received: no image in {len(self.class_names)} folders"
            )

    def examples(
        self, epoch: Tensor, seed: int, shuffle: bool, shard: tuple[int, int]
    ) -> Dataset:
        import tensorflow as tf

        files = tf.constant(self.files)
        labels = tf.constant(self.labels, "int64")
        index, count = shard
        places = tf.data.Dataset.range(index, self.num_examples, count)
        words = tf.stack([tf.cast(seed, "int64"), epoch])

        def read(place: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            if shuffle:
                place = tf.random.experimental.index_shuffle(
                    place, words, self.num_examples - 1
                )
            return place, tf.io.read_file(files[place]), labels[place]

        return places.map(read, num_parallel_calls=tf.data.AUTOTUNE)


class TfdsSource:
    """A prepared image data set of TensorFlow Datasets.

    An epoch is a permutation of its files, several of which are read in
    parallel and shuffled further in a buffer.

    Args:
        builder: The `tfds.core.DatasetBuilder`, prepared, whose examples have
            `"image"` and `"label"`.
        split: Name of the split.

    Raises:
        ValueError: If the data set has no such split.
    """

    def __init__(self, builder: Any, split: str):
        if split not in builder.info.splits:
            raise ValueError(
                f"`split` must be one of {sorted(builder.info.splits)}. "
                f"Received: split={split!r}"
            )
        info = builder.info.splits[split]
        self.num_examples = info.num_examples
        self.files = [os.fspath(path) for path in info.filepaths]
        self.features = builder.info.features
        self.class_names = list(self.features["label"].names)

    def examples(
        self, epoch: Tensor, seed: int, shuffle: bool, shard: tuple[int, int]
    ) -> Dataset:
        import tensorflow as tf
        import tensorflow_datasets as tfds

        index, count = shard
        words = tf.stack([tf.cast(seed, "int64"), epoch])
        files = tf.constant(self.files)
        if len(self.files) < count:
            # Fewer files than shards: each shard reads all of them.
            files = tf.data.Dataset.from_tensor_slices(files)
            records = tf.data.TFRecordDataset(files).shard(count, index)
        else:
            if shuffle:
                files = tf.random.experimental.stateless_shuffle(files, words)
            files = tf.data.Dataset.from_tensor_slices(files[index::count])
            records = files.interleave(
                tf.data.TFRecordDataset,
                cycle_length=FILES_AT_A_TIME if shuffle else 1,
                num_parallel_calls=tf.data.AUTOTUNE,
            )
        if shuffle:
            folded = tf.random.experimental.stateless_fold_in(words, index)
            # Sets the seed of this function's graph only: the order must not
            # depend on the global seed of TensorFlow.
            tf.compat.v1.set_random_seed(1)
            records = records.shuffle(
                min(SHUFFLE_BUFFER, self.num_examples),
                seed=tf.cast(folded[0], "int64"),
                reshuffle_each_iteration=False,
            )
        decoders = {"image": tfds.decode.SkipDecoding()}

        def parse(
            place: Tensor, record: Tensor
        ) -> tuple[Tensor, Tensor, Tensor]:
            example = self.features.deserialize_example(
                record, decoders=decoders
            )
            number = index + count * place
            return number, example["image"], tf.cast(example["label"], "int64")

        return records.enumerate().map(
            parse, num_parallel_calls=tf.data.AUTOTUNE
        )
