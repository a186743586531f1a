"""Data sets named on a command line: .npz files, image folders, TFDS names."""

import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness import resizing
from keras_ceb._src.robustness.image_folder import ImageFolder

__all__ = ["ImageFolder", "TfdsImages", "load_npz", "read_npz", "scale_pixels"]

_KEYS = (("x", "y"), ("x_test", "y_test"), ("images", "labels"))


def scale_pixels(images: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Integer pixels 0..255 as float32 in `bounds`; floats as they are."""
    if images.dtype.kind == "f":
        return images.astype("float32")
    return resizing.scale(images, bounds)


def load_npz(
    path: str | pathlib.Path, bounds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of an .npz file.

    Args:
        path: A file with the arrays `x` and `y`, `x_test` and `y_test`, or
            `images` and `labels`.
        bounds: The range to which integer pixels are scaled.
    """
    x, y = read_npz(path)
    return scale_pixels(x, bounds), y


def read_npz(path: str | pathlib.Path) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of an .npz file, as they are in it.

    Args:
        path: See `load_npz`.

    Raises:
        ValueError: If they are not numbers, as many labels as images.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            pair = next((p for p in _KEYS if p[0] in file and p[1] in file), ())
            names = sorted(file.files)
            arrays = [file[name] for name in pair]
    except FileNotFoundError:
        raise
    # Whatever NumPy and zipfile raise for a file that is damaged, is another,
    # or holds Python objects.
    except Exception as error:
        raise ValueError(
            f"`{path}` must be a complete .npz file with arrays of numbers. "
            f"Received: {error}"
        ) from error
    if not arrays:
        raise ValueError(
            f"`{path}` must hold arrays named 'x' and 'y', 'x_test' and "
            f"'y_test', or 'images' and 'labels'. Received: {names}"
        )
    x, y = arrays
    for name, array in zip(pair, arrays, strict=True):
        if array.dtype.kind not in "biuf" or array.ndim == 0:
            raise ValueError(
                f"`{name}` of `{path}` must be an array of numbers"
                f"{', labels as integers' if array is y else ''}. Received: "
                f"{name}.dtype={array.dtype}, {name}.shape={array.shape}"
            )
    if len(x) != len(y) or not len(x):
        raise ValueError(
            f"`{path}` must hold as many labels as images, and at least one. "
            f"Received: x.shape={x.shape}, y.shape={y.shape}"
        )
    return x, y


class TfdsImages:
    """Images of a TensorFlow Datasets name, in batches, read anew each time.

    Args:
        name: For example `"cifar10"` or `"mnist:3.*.*"`.
        split: For example `"test"`.
        image_size: (height, width) to which images are resized, or `None`.
        bounds: The range to which pixels are scaled.
        batch_size: How many images a batch.
        limit: How many images to take at most.
        download: Whether to download and prepare a data set that is not.
        resize: How images get their size, see `ImageFolder`.

    Attributes:
        class_names: Names of the classes in the order of their labels, or
            `None` if the data set does not tell.
    """

    def __init__(
        self,
        name: str,
        split: str = "test",
        image_size: tuple[int, int] | None = None,
        bounds: tuple[float, float] = (0.0, 1.0),
        batch_size: int = 128,
        limit: int | None = None,
        download: bool = False,
        resize: str = "stretch",
    ):
        tfds = optional_module(
            "tensorflow_datasets",
            f"There is no file or folder {name!r}, and a data set by name",
        )
        if name.split(":")[0].split("/")[0] not in tfds.list_builders():
            raise ValueError(
                "`data` must be an .npz file, a folder of images by class, or "
                "a name of TensorFlow Datasets, and no file or folder of this "
                f"name exists. Received: data={name!r}"
            )
        builder = tfds.builder(name)
        if download:
            builder.download_and_prepare()
        elif not builder.info.splits:
            raise FileNotFoundError(
                f"The data set {name!r} is not prepared in "
                f"{str(builder.data_dir)!r}. Prepare it by `tfds build {name}`"
                ", or pass `download=True`."
            )
        features = builder.info.features
        label = features["label"] if "label" in features else None
        self.class_names = list(getattr(label, "names", None) or []) or None
        self._tfds = tfds
        self._data = builder.as_dataset(split=split, as_supervised=True)
        self._resize = resize
        self._size, self._bounds = image_size, bounds
        self._batch_size, self._limit = batch_size, limit

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        data = self._data
        if self._limit is not None:
            data = data.take(self._limit)
        images: list[np.ndarray] = []
        labels: list[Any] = []
        for image, label in self._tfds.as_numpy(data):
            images.append(self._resized(image))
            labels.append(label)
            if len(images) == self._batch_size:
                yield np.stack(images), np.array(labels)
                images, labels = [], []
        if images:
            yield np.stack(images), np.array(labels)

    def _resized(self, image: np.ndarray) -> np.ndarray:
        pixels = image.dtype.kind != "f"
        if self._size is not None:
            image = resizing.resize(image, self._size, self._resize)
        return resizing.scale(image, self._bounds) if pixels else image
