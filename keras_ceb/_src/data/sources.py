"""Small image data sets as arrays in batches, from TFDS or an .npz file.

The arrays are 0 to 255, as stored and as an augmentation sees them. Batches
are float32 from 0 to 1, unless `scale` says otherwise.
"""

import os
import zipfile
from typing import Any

import numpy as np

from keras_ceb._src.data.array_dataset import ArrayDataset
from keras_ceb._src.optional import optional_module
from keras_ceb._src.validation import one_of

SPLITS = ("train", "test")


def cifar10(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """CIFAR-10: 32 x 32 colour photographs of 10 classes, pixels 0 to 1.

    Args:
        split: `"train"`, shuffled anew each epoch, or `"test"`, in order.
        batch_size: Examples a batch.
        **options: `data_dir` and `download` of `from_tfds`; all others are
            those of `ArrayDataset`.

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
    """CIFAR-100: 32 x 32 colour photographs of 100 classes; see `cifar10`."""
    return from_tfds("cifar100", split, batch_size, **options)


def fashion_mnist(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """Fashion-MNIST: 28 x 28 grey images of 10 classes; see `cifar10`."""
    return from_tfds("fashion_mnist", split, batch_size, **options)


def mnist(
    split: str = "train", batch_size: int = 128, **options: Any
) -> ArrayDataset:
    """MNIST: 28 x 28 grey images of 10 digits; see `cifar10`."""
    return from_tfds("mnist", split, batch_size, **options)


def from_tfds(
    name: str,
    split: str = "train",
    batch_size: int = 128,
    *,
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
    **options: Any,
) -> ArrayDataset:
    """A data set of TensorFlow Datasets that fits into memory.

    8-bit images come out as float32 from 0 to 1; see `scale` of
    `ArrayDataset`.

    Needs the packages tensorflow-datasets and tensorflow, on either backend.

    Args:
        name: Name of the data set, whose examples have `"image"` and
            `"label"`, and whose images are of one size.
        split: `"train"` or another split. Only training data are shuffled,
            and only of those is a last batch that is not full left out,
            unless `options` say otherwise.
        batch_size: Examples a batch.
        data_dir: Folder of the prepared data sets. Defaults to that of TFDS.
        download: Whether to download and prepare what is not there.
        **options: Those of `ArrayDataset`.

    Raises:
        FileNotFoundError: If the data set is not prepared and cannot be
            downloaded.
        ImportError: If tensorflow-datasets is not installed.
        ValueError: If the data set has no such split (TFDS lists them).
    """
    tfds = optional_module(
        "tensorflow_datasets",
        "`from_tfds`",
        "Without TensorFlow, read an .npz file with `keras_ceb.data.from_npz`.",
    )
    if data_dir is not None:
        data_dir = os.fspath(data_dir)
    builder = tfds.builder(name, data_dir=data_dir)
    if not _is_prepared(builder):
        problem = None
        if download:
            try:
                builder.download_and_prepare()
            # TFDS raises whatever its many ways to download raise.
            except Exception as error:
                problem = error
        if not download or problem is not None:
            where = "" if data_dir is None else f" --data_dir={data_dir}"
            raise FileNotFoundError(
                f"The data set {name!r} is not prepared in "
                f"{builder.data_dir!r} and was not downloaded. Prepare it on "
                f"a machine with a network by: tfds build {name}{where}"
            ) from problem
    parts = list(
        tfds.as_numpy(
            builder.as_dataset(
                split=split, batch_size=1000, shuffle_files=False
            )
        )
    )
    images, labels = (
        np.concatenate([part[key] for part in parts])
        for key in ("image", "label")
    )
    options.setdefault("shuffle", split == "train")
    return ArrayDataset(images, labels, batch_size, **options)


def _is_prepared(builder):
    return bool(builder.info.splits)


def from_npz(
    path: str | os.PathLike[str],
    split: str = "train",
    batch_size: int = 128,
    **options: Any,
) -> ArrayDataset:
    """A data set from a NumPy archive, without TensorFlow.

    Images of 0 to 255 come out as float32 from 0 to 1. An archive whose images
    are from 0 to 1 already is read with `scale=None`, and augmented by layers
    of `value_range=(0, 1)`.

    Args:
        path: An .npz file with `x_train`, `y_train`, `x_test` and `y_test`,
            as Keras distributes its data sets. Images without a channel axis
            get one.
        split: `"train"`, shuffled anew each epoch, or `"test"`, in order.
        batch_size: Examples a batch.
        **options: Those of `ArrayDataset`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is no such archive, `split` is another, or
            its images do not fit `scale` or the augmentation.

    Example:

    ```python
    train = keras_ceb.data.from_npz("cifar10.npz", "train", seed=0)
    ```
    """
    one_of(split, "split", SPLITS)
    try:
        with np.load(path, allow_pickle=False) as archive:
            images, labels = archive[f"x_{split}"], archive[f"y_{split}"]
    except FileNotFoundError:
        raise
    except (
        AttributeError,
        EOFError,
        KeyError,
        OSError,
        TypeError,
        ValueError,
        zipfile.BadZipFile,
    ) as error:
        raise ValueError(
            "`path` must be a complete .npz file with arrays "
            f"'x_{split}' and 'y_{split}'. Received: path={os.fspath(path)!r} "
            f"({error})"
        ) from error
    if images.ndim == 3:
        images = images[..., None]
    labels = labels.reshape(len(labels)) if labels.ndim == 2 else labels
    options.setdefault("shuffle", split == "train")
    return ArrayDataset(images, labels, batch_size, **options)
