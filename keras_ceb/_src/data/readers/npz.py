"""Data sets in NumPy archives."""

import os
from typing import Any

import numpy as np

from keras_ceb._src.data.pipeline.array_dataset import ArrayDataset
from keras_ceb._src.validation import one_of

SPLITS = ("train", "test", None)
# The names of images and labels in an archive of one set.
_NAMES = (("x", "y"), ("x_test", "y_test"), ("images", "labels"))


def from_npz(
    path: str | os.PathLike[str],
    split: str | None = "train",
    batch_size: int = 128,
    **options: Any,
) -> ArrayDataset:
    """A data set from a NumPy archive, without TensorFlow.

    Images from 0 to 255 are scaled to float32 from 0 to 1. For an archive whose
    images are from 0 to 1 already, pass `bounds=None`, and augment with layers
    of `value_range=(0, 1)`.

    Args:
        path: An .npz file, see `read_npz`. Images without a channel axis get
            one.
        split: `"train"`, shuffled in each epoch, `"test"`, in order, or
            `None`, in order, for an archive of one set; see `read_npz`.
        batch_size: Examples per batch.
        **options: Arguments of `ArrayDataset`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not such an archive, `split` is invalid, or
            the images do not fit `bounds` or the augmentation.

    Example:

    ```python
    train = keras_ceb.data.from_npz("cifar10.npz", "train", seed=0)
    ```
    """
    images, labels = read_npz(path, split)
    if images.ndim == 3:
        images = images[..., None]
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    options.setdefault("shuffle", split == "train")
    return ArrayDataset(images, labels, batch_size, **options)


def read_npz(
    path: str | os.PathLike[str], split: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of a NumPy archive, unchanged.

    Args:
        path: An .npz file.
        split: `"train"` for the arrays `x_train` and `y_train`, `"test"` for
            `x_test` and `y_test`, as Keras distributes its data sets. `None`
            for an archive of one set, `x` and `y`, `x_test` and `y_test`, or
            `images` and `labels`: the first of these pairs that exists.

    Returns:
        Images, `[n, ...]`, and labels, `[n, ...]`.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not a complete .npz file or lacks these
            arrays, or they are not numbers or differ in length.

    Example:

    ```python
    images, labels = keras_ceb.data.read_npz("cifar10.npz", "test")
    ```
    """
    one_of(split, "split", SPLITS)
    names = _NAMES if split is None else ((f"x_{split}", f"y_{split}"),)
    wanted = ", or ".join(f"{x!r} and {y!r}" for x, y in names)
    received = f"Received: path={os.fspath(path)!r}"
    try:
        with np.load(path, allow_pickle=False) as file:
            there = sorted(file.files)
            pair = next((p for p in names if set(p) <= set(there)), ())
            arrays = [file[name] for name in pair]
    except FileNotFoundError:
        raise
    # Whatever NumPy and zipfile raise for a file that is damaged, of another
    # kind, or holds Python objects.
    except Exception as error:
        raise ValueError(
            "`path` must be a complete .npz file with arrays of numbers "
            f"{wanted}. {received} ({error})"
        ) from error
    if not pair:
        raise ValueError(
            f"`path` must hold arrays named {wanted}. {received}, with arrays "
            f"{there}"
        )
    _check(arrays, pair, received)
    images, labels = arrays
    return images, labels


def _check(
    arrays: list[np.ndarray], names: tuple[str, ...], received: str
) -> None:
    """Raises a `ValueError` unless these are images with their labels."""
    for name, array in zip(names, arrays, strict=True):
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            raise ValueError(
                f"`{name}` in the file must be an array of numbers"
                f"{', labels as integers' if array is arrays[1] else ''}. "
                f"{received}, {name}.dtype={array.dtype}, "
                f"{name}.shape={array.shape}"
            )
    x, y = arrays
    if len(x) != len(y) or not len(x):
        raise ValueError(
            "`path` must hold as many labels as images, and at least one. "
            f"{received}, {names[0]}.shape={x.shape}, "
            f"{names[1]}.shape={y.shape}"
        )
