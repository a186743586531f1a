"""CIFAR-10 for the fast study, from an .npz file or TensorFlow Datasets."""

from examples.common import archives
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
    count = preset.train_images if split == "train" else None
    return archives.load(
        data.cifar10,
        "CIFAR-10",
        source,
        split,
        count,
        smoothing,
        CLASSES,
        **options,
    )
