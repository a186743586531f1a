"""Small data sets by name."""

from typing import Any

from keras_ceb._src.data.pipeline.array_dataset import ArrayDataset
from keras_ceb._src.data.readers.tfds import from_tfds


def cifar10(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """CIFAR-10: 32 x 32 color photographs of 10 classes, pixels 0 to 1.

    Args:
        split: `"train"`, shuffled in each epoch, or `"test"`, in order.
        batch_size: Examples per batch.
        **options: `data_dir` and `download` of `from_tfds`, and arguments of
            `ArrayDataset`.

    Raises:
        FileNotFoundError: If the data set is not prepared and cannot be
            downloaded.

    Example:

    ```python
    train = keras_ceb.data.cifar10(
        "train", augmentation=keras_ceb.data.cifar_augmentation()
    )
    test = keras_ceb.data.cifar10("test", batch_size=500)
    ```
    """
    return from_tfds("cifar10", split, batch_size, **options)


def cifar100(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """CIFAR-100: 32 x 32 color photographs of 100 classes, pixels 0 to 1.

    Args:
        split: `"train"`, shuffled in each epoch, or `"test"`, in order.
        batch_size: Examples per batch.
        **options: As for `cifar10`.
    """
    return from_tfds("cifar100", split, batch_size, **options)


def fashion_mnist(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """Fashion-MNIST: 28 x 28 gray images of 10 classes, pixels 0 to 1.

    Args:
        split: `"train"`, shuffled in each epoch, or `"test"`, in order.
        batch_size: Examples per batch.
        **options: As for `cifar10`.
    """
    return from_tfds("fashion_mnist", split, batch_size, **options)


def mnist(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """MNIST: 28 x 28 gray images of 10 digits, pixels 0 to 1.

    Args:
        split: `"train"`, shuffled in each epoch, or `"test"`, in order.
        batch_size: Examples per batch.
        **options: As for `cifar10`.
    """
    return from_tfds("mnist", split, batch_size, **options)
