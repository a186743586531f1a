"""Small images from an .npz file or from TensorFlow Datasets."""

import pathlib

import numpy as np

from examples.common import labels as labels_lib
from keras_ceb import data


def load(named, title, source, split, count, smoothing, classes, **options):
    """The first images of a split as an `ArrayDataset`, pixels from 0 to 1.

    Args:
        named: The reader of the data set in `keras_ceb.data`.
        title: Its name, for the error.
        source: An .npz file, or the data folder of TensorFlow Datasets, or
            `None` for its default folder.
        split: `"train"`, which is shuffled, or `"test"`.
        count: How many images, or `None` for all.
        smoothing: Share of a label that goes to all classes alike; labels are
            then probabilities.
        classes: Number of classes.
        **options: Of `ArrayDataset`.

    Raises:
        ValueError: If the images are not there.
    """
    dataset = _read(named, title, source, split, options)
    labels = np.asarray(dataset.labels[:count])
    if smoothing:
        # Of the test set the same form of labels, for the same metrics.
        share = smoothing if split == "train" else 0.0
        labels = labels_lib.smoothed(labels, share, classes)
    return data.ArrayDataset(
        dataset.images[:count], labels, shuffle=split == "train", **options
    )


def _read(named, title, source, split, options):
    try:
        # Before TensorFlow Datasets would look for it elsewhere.
        if source and not pathlib.Path(source).exists():
            raise FileNotFoundError("there is no such file or folder")
        if source and str(source).endswith(".npz"):
            return data.from_npz(source, split, **options)
        return named(split, data_dir=source, **options)
    except (FileNotFoundError, ImportError) as error:
        raise ValueError(
            "`data` must be an .npz file with x_train, y_train, x_test and "
            "y_test, or a folder in which TensorFlow Datasets has prepared "
            f"{title}. Received: data={source!r} ({error})"
        ) from error
