"""Imagenette for the study, from folders of image files."""

import pathlib

import numpy as np

from examples.common import labels as labels_lib
from keras_ceb import data

CLASSES = 10
# The folders of the files, by split.
_FOLDERS = {"train": "train", "test": "val"}


def load(source, split, preset, *, seed=0, smoothing=0.0):
    """Imagenette as an `ArrayDataset`, pixels from 0 to 1.

    Args:
        source: A folder with the folders `train` and `val`, in each of which
            are ten, one per class.
        split: `"train"`, shuffled and augmented, or `"test"`.
        preset: A `Preset`.
        seed: Seed of order and augmentation.
        smoothing: Share of a label that goes to all classes alike; labels are
            then probabilities.

    Raises:
        ValueError: If the images are not there.
    """
    training = split == "train"
    images, labels = _read(
        source, split, preset, preset.train_images if training else None
    )
    if not training:
        images, labels = (
            part[: preset.test_images] for part in (images, labels)
        )
    if smoothing:
        labels = labels_lib.smoothed(
            labels, smoothing if training else 0.0, CLASSES
        )
    options = {}
    if training:
        options["augmentation"] = data.AugmentationChain(
            [data.PadAndCrop(preset.shift), data.HorizontalFlip()]
        )
    return data.ArrayDataset(
        images,
        labels,
        preset.batch_size,
        shuffle=training,
        seed=seed,
        **options,
    )


def _read(source, split, preset, limit):
    """Images as integers, and labels."""
    folder = pathlib.Path(source or "") / _FOLDERS[split]
    if source is None or not folder.is_dir():
        raise ValueError(
            "`data` must be a folder with the folders train and val of "
            f"Imagenette. Received: data={source!r}"
        )
    side = preset.image_size
    # In an order that does not put all images of a class first.
    files = data.from_folder(
        folder,
        (side, side),
        limit=limit,
        bounds=None,
        shuffle=True,
        drop_remainder=False,
    )
    parts = [files[place] for place in range(len(files))]
    images = np.concatenate([part[0] for part in parts])
    labels = np.concatenate([part[1] for part in parts])
    if len(np.unique(labels)) != CLASSES:
        raise ValueError(
            f"`data` must hold images of {CLASSES} classes. Received: "
            f"data={source!r} with {len(np.unique(labels))}"
        )
    return np.clip(np.rint(images), 0, 255).astype("uint8"), labels
