"""CIFAR-10 for the study, from TensorFlow Datasets or an .npz file."""

from keras_ceb.data import ArrayDataset
from keras_ceb.data import cifar10
from keras_ceb.data import cifar_augmentation
from keras_ceb.data import from_npz


def load(source, split, preset, seed=0):
    """CIFAR-10 as an `ArrayDataset`, pixels from 0 to 1.

    Args:
        source: An .npz file, or the data folder of TensorFlow Datasets, or
            `None` for its default folder.
        split: `"train"`, shuffled and augmented, or `"test"`.
        preset: A `Preset`.
        seed: Seed of order and augmentation.
    """
    options = {"batch_size": preset.batch_size}
    if split == "train":
        options["seed"] = seed
        options["augmentation"] = cifar_augmentation(
            preset.policy, cutout=preset.cutout
        )
    if source and source.endswith(".npz"):
        dataset = from_npz(source, split, **options)
    else:
        dataset = cifar10(split, data_dir=source, **options)
    if split == "test" or preset.train_images is None:
        return dataset
    first = slice(preset.train_images)
    return ArrayDataset(dataset.images[first], dataset.labels[first], **options)
