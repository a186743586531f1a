"""Data sets named on a command line: .npz files, image folders, TFDS names."""

import pathlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb.optional import optional_module

_SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff")
_KEYS = (("x", "y"), ("x_test", "y_test"), ("images", "labels"))


def scale_pixels(images: np.ndarray, bounds: tuple[float, float]) -> np.ndarray:
    """Integer pixels 0..255 as float32 in `bounds`; floats as they are."""
    if images.dtype.kind == "f":
        return images.astype("float32")
    lower, upper = bounds
    return (lower + images.astype("float32") / 255 * (upper - lower)).astype(
        "float32"
    )


def load_npz(
    path: str | pathlib.Path, bounds: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels of an .npz file.

    Args:
        path: A file with the arrays `x` and `y`, `x_test` and `y_test`, or
            `images` and `labels`.
        bounds: The range to which integer pixels are scaled.
    """
    with np.load(path, allow_pickle=False) as file:
        for x, y in _KEYS:
            if x in file and y in file:
                return scale_pixels(file[x], bounds), file[y]
        raise ValueError(
            f"`{path}` must hold arrays named 'x' and 'y', 'x_test' and "
            "'y_test', or 'images' and 'labels'. "
            f"Received: {sorted(file.files)}"
        )


class ImageFolder(keras.utils.PyDataset):
    """Images of a folder with one folder a class, in the order of names.

    A file that cannot be read is left out, and listed in `failed`.

    Args:
        path: The folder.
        image_size: (height, width) to which images are resized.
        channels: 1 or 3.
        bounds: The range to which pixels are scaled.
        batch_size: How many files are read at a time.
        limit: How many files to take at most, evenly over the classes.
    """

    def __init__(
        self,
        path: str | pathlib.Path,
        image_size: tuple[int, int],
        channels: int = 3,
        bounds: tuple[float, float] = (0.0, 1.0),
        batch_size: int = 128,
        limit: int | None = None,
    ):
        super().__init__()
        optional_module("PIL.Image", "A folder of images")
        root = pathlib.Path(path)
        self.class_names = sorted(p.name for p in root.iterdir() if p.is_dir())
        files = [
            (file, label)
            for label, name in enumerate(self.class_names)
            for file in sorted((root / name).iterdir())
            if file.suffix.lower() in _SUFFIXES
        ]
        if not files:
            raise ValueError(
                f"`{path}` must hold one folder of images for each class, "
                "with files that end in one of "
                f"{_SUFFIXES}. Received: no image in {len(self.class_names)} "
                "folders"
            )
        if limit is not None and limit < len(files):
            take = np.linspace(0, len(files) - 1, limit).round().astype(int)
            files = [files[i] for i in take]
        self.files = files
        self.failed: list[str] = []
        self._size, self._bounds = image_size, bounds
        self._mode = "grayscale" if channels == 1 else "rgb"
        self._batch_size = batch_size

    def __len__(self) -> int:
        return -(-len(self.files) // self._batch_size)

    def __getitem__(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        # Ends a loop over the folder on a Keras that does not itself.
        if not 0 <= i < len(self):
            raise IndexError(
                f"`i` must be in 0..{len(self) - 1}. Received: {i!r}"
            )
        first = i * self._batch_size
        images, labels = [], []
        for file, label in self.files[first : first + self._batch_size]:
            try:
                image = keras.utils.load_img(
                    file,
                    color_mode=self._mode,
                    target_size=self._size,
                    interpolation="bilinear",
                )
            except Exception:  # Pillow raises errors of many kinds.
                if str(file) not in self.failed:
                    self.failed.append(str(file))
                continue
            images.append(keras.utils.img_to_array(image, dtype="uint8"))
            labels.append(label)
        if len(self.failed) == len(self.files):
            raise ValueError(
                "No image of the folder can be read. Received: "
                f"{self.failed[:10]}"
            )
        if not images:
            shape = keras.utils.img_to_array(
                np.zeros((*self._size, 1 if self._mode == "grayscale" else 3))
            ).shape
            return np.zeros((0, *shape), "float32"), np.zeros(0, "int32")
        x = scale_pixels(np.stack(images), self._bounds)
        return x, np.array(labels, "int32")


class TfdsImages:
    """Images of a TensorFlow Datasets name, in batches, read anew each time.

    Args:
        name: For example `"cifar10"` or `"mnist:3.*.*"`.
        split: For example `"test"`.
        image_size: (height, width) to which images are resized, or `None`.
        bounds: The range to which pixels are scaled.
        batch_size: How many images a batch.
        limit: How many images to take at most.
    """

    def __init__(
        self,
        name: str,
        split: str = "test",
        image_size: tuple[int, int] | None = None,
        bounds: tuple[float, float] = (0.0, 1.0),
        batch_size: int = 128,
        limit: int | None = None,
    ):
        tfds = optional_module("tensorflow_datasets", "A data set by name")
        if name.split(":")[0].split("/")[0] not in tfds.list_builders():
            raise ValueError(
                "`data` must be an .npz file, a folder of images by class, or "
                f"a name of TensorFlow Datasets. Received: data={name!r}"
            )
        self._tfds = tfds
        self._data = tfds.load(name, split=split, as_supervised=True)
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
        image = scale_pixels(image, self._bounds)
        if self._size is None or image.shape[:2] == tuple(self._size):
            return image
        resized = ops.image.resize(
            image, self._size, data_format="channels_last"
        )
        return np.clip(ops.convert_to_numpy(resized), *self._bounds)
