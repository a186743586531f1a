"""CIFAR-10 for the fast study, from an .npz file or TensorFlow Datasets."""

import pathlib

import numpy as np

from examples.common import labels as labels_lib
from keras_ceb import data

CLASSES = 10


def load(source, split, preset, *, seed=0, smoothing=0.0):
    """CIFAR-10 as an `ArrayDataset`, pixels from 0 to 1.

    Args:
        source: An .npz file, or the data folder of TensorFlow Datasets, or
            `None` for its default folder.
        split: `"train"`, shuffled and augmented, or `"test"`.
        preset: A `Preset`.
        seed: Seed of order and augmentation.
        smoothing: Share of a label that goes to all classes alike; labels are
            then probabilities.

    Raises:
        ValueError: If the images are not there.
    """
    options = {"batch_size": preset.batch_size, "seed": seed}
    if split == "train":
        steps = [data.PadAndCrop(preset.shift), data.HorizontalFlip()]
        if preset.cutout is not None:
            steps.append(data.Cutout(preset.cutout))
        options["augmentation"] = data.AugmentationChain(steps)
    dataset = _read(source, split, options)
    count = preset.train_images if split == "train" else None
    labels = np.asarray(dataset.labels[:count])
    if smoothing:
        # Of the test set the same form of labels, for the same metrics.
        share = smoothing if split == "train" else 0.0
        labels = labels_lib.smoothed(labels, share, CLASSES)
    return data.ArrayDataset(
        dataset.images[:count], labels, shuffle=split == "train", **options
    )


def _read(source, split, options):
    try:
        # Before TensorFlow Datasets would look for it elsewhere.
        if source and not pathlib.Path(source).exists():
            raise FileNotFoundError("there is no such file or folder")
        if source and str(source).endswith(".npz"):
            return data.from_npz(source, split, **options)
        return data.cifar10(split, data_dir=source, **options)
    except (FileNotFoundError, ImportError) as error:
        raise ValueError(
            "`data` must be an .npz file with x_train, y_train, x_test and "
            "y_test, or a folder in which TensorFlow Datasets has prepared "
            f"CIFAR-10. Received: data={source!r} ({error})"
        ) from error
