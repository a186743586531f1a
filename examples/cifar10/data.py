"""The CIFAR-10 of the study, from TensorFlow Datasets or an .npz file."""

import keras_ceb.data


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
        options["augmentation"] = keras_ceb.data.cifar_augmentation(
            preset.policy, cutout=preset.cutout
        )
    if source and source.endswith(".npz"):
        return keras_ceb.data.from_npz(source, split, **options)
    return keras_ceb.data.cifar10(split, data_dir=source, **options)
