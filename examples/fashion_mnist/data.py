"""Fashion-MNIST for the study, from an .npz file or TensorFlow Datasets."""

from examples.common import archives
from keras_ceb import data

CLASSES = 10


def load(source, split, preset, *, seed=0, smoothing=0.0):
    """Fashion-MNIST as an `ArrayDataset`, pixels from 0 to 1.

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
        options["augmentation"] = data.AugmentationChain(
            [data.PadAndCrop(preset.shift), data.HorizontalFlip()]
        )
    count = preset.train_images if split == "train" else preset.test_images
    return archives.load(
        data.fashion_mnist,
        "Fashion-MNIST",
        source,
        split,
        count,
        smoothing,
        CLASSES,
        **options,
    )
