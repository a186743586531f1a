"""Data sets of TensorFlow Datasets, in memory or as a stream."""

import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.data.pipeline.array_dataset import ArrayDataset
from keras_ceb._src.data.readers.tfds_stream import StreamOptions
from keras_ceb._src.data.readers.tfds_stream import TfdsStream
from keras_ceb._src.optional import optional_module


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

    8-bit images are scaled to float32 from 0 to 1; see `bounds` of
    `ArrayDataset`.

    Needs the packages tensorflow-datasets and tensorflow, on any backend.

    Args:
        name: Name of the data set, whose examples have `"image"` and
            `"label"`, and whose images are of one size.
        split: `"train"` or another split. By default, only training data is
            shuffled, and only there is a last batch that is not full
            dropped.
        batch_size: Examples per batch.
        data_dir: Folder of the prepared data sets. Defaults to that of TFDS.
        download: Whether to download and prepare a missing data set.
        **options: Arguments of `ArrayDataset`.

    Raises:
        FileNotFoundError: If the data set is not prepared and cannot be
            downloaded.
        ImportError: If tensorflow-datasets is not installed.
        ValueError: If there is no data set of this name, or it has no such
            split (TFDS lists them).
    """
    tfds = _tfds(
        "`from_tfds`",
        "Without TensorFlow, read an .npz file with `keras_ceb.data.from_npz`.",
    )
    builder = prepared_builder(tfds, name, data_dir, download)
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
    dataset = ArrayDataset(images, labels, batch_size, **options)
    dataset.class_names = class_names(builder)
    return dataset


def stream_tfds(
    name: str,
    split: str = "test",
    batch_size: int = 128,
    *,
    image_size: tuple[int, int] | None = None,
    resize: str = "stretch",
    bounds: Sequence[float] | None = (0.0, 1.0),
    data_dir: str | os.PathLike[str] | None = None,
    download: bool = True,
) -> TfdsStream:
    """A data set of TensorFlow Datasets of any size, read in order.

    For evaluation: images are read again in each pass, never all at once, and
    resized to one size. Needs the packages tensorflow-datasets and
    tensorflow, on any backend.

    Args:
        name: Name of the data set, for example `"mnist:3.*.*"`, whose
            examples have an image and a label.
        split: For example `"test"` or `"test[:10%]"`.
        batch_size: Examples per batch.
        image_size: (height, width) to which images are resized, in pixels, or
            `None` to keep their size.
        resize: How images are resized, see `from_folder`.
        bounds: The lowest and the highest value of the images that come out,
            to which pixels from 0 to 255 are scaled as float32. `None` keeps
            the values. Images that TFDS stores as floats are not scaled.
        data_dir: Folder of the prepared data sets. Defaults to that of TFDS.
        download: Whether to download and prepare a missing data set.

    Returns:
        `TfdsStream`, an iterable of batches.

    Raises:
        FileNotFoundError: If the data set is not prepared and cannot be
            downloaded.
        ImportError: If tensorflow-datasets is not installed.
        ValueError: If there is no data set of this name, it has no such
            split, or an argument is invalid.

    Example:

    ```python
    test = keras_ceb.data.stream_tfds("cifar10", "test", 100)
    for images, labels in test.take(250):
        print(images.shape)
    ```
    """
    options = StreamOptions(batch_size, image_size, resize, bounds)
    tfds = _tfds("`stream_tfds`")
    builder = prepared_builder(tfds, name, data_dir, download)
    data = builder.as_dataset(split=split, as_supervised=True)
    return TfdsStream(data, options, class_names(builder))


def _tfds(purpose: str, otherwise: str = "") -> Any:
    return optional_module("tensorflow_datasets", purpose, otherwise)


def class_names(builder: Any) -> list[str] | None:
    """Names of the classes in the order of their labels, or `None`."""
    features = builder.info.features
    label = features["label"] if "label" in features else None
    return list(getattr(label, "names", None) or []) or None


def prepared_builder(
    tfds: Any,
    name: str,
    data_dir: str | os.PathLike[str] | None,
    download: bool,
) -> Any:
    """The `tfds.core.DatasetBuilder` of a data set that is prepared."""
    if data_dir is not None:
        data_dir = os.fspath(data_dir)
    try:
        builder = tfds.builder(name, data_dir=data_dir)
    except ValueError as error:
        first = str(error).partition("\n")[0]
        raise ValueError(
            "`name` must be the name of a data set of TensorFlow Datasets. "
            f"Received: name={name!r} ({first})"
        ) from error
    if is_prepared(builder):
        return builder
    problem = None
    if download:
        try:
            builder.download_and_prepare()
            return builder
        # TFDS raises errors of many kinds.
        except Exception as error:
            problem = error
    where = "" if data_dir is None else f" --data_dir={data_dir}"
    command = f"`tfds build {name}{where}`"
    raise FileNotFoundError(
        f"The data set {name!r} is not prepared in {str(builder.data_dir)!r}"
        + (
            " and was not downloaded. Prepare it on a machine with a network "
            f"by {command}. Received: {type(problem).__name__}: {problem}"
            if download
            else f". Prepare it by {command}, or pass `download=True`."
        )
    ) from problem


def is_prepared(builder: Any) -> bool:
    """Whether the files of a data set exist."""
    return bool(builder.info.splits)
