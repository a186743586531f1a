"""Image files by class, listed and decoded as Keras does."""

import os
import pathlib
from typing import Any

import numpy as np

from keras_ceb._src.data.readers import resizing
from keras_ceb._src.optional import optional_module
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# Those of `keras.utils.image_dataset_from_directory`.
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


class ImageFiles:
    """The images of a folder that holds one folder per class.

    Args:
        path: The folder.
        image_size: (height, width) to which images are resized, in pixels.
        channels: 1, 3 or 4.
        resize: One of `resizing.WAYS`, see `from_folder`.
        limit: Maximum number of files, spread evenly over the classes.

    Attributes:
        class_names: Names of the classes in the order of their labels.
        files: Pairs (path, label).
        failed: Paths that could not be read so far.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        image_size: tuple[int, int],
        channels: int = 3,
        resize: str = "stretch",
        limit: int | None = None,
    ):
        _pillow()
        self.image_size = resizing.check_size(image_size)
        self.channels = one_of(channels, "channels", tuple(_MODES))
        self._resize = one_of(resize, "resize", resizing.WAYS)
        if limit is not None:
            limit = positive_integer(limit, "limit")
        self.class_names, files = index(path)
        if not files:
            raise ValueError(
                f"`{os.fspath(path)}` must hold one folder of images per "
                f"class, with files that end in one of {SUFFIXES}. Received: "
                f"no image in {len(self.class_names)} folders"
            )
        if limit is not None and limit < len(files):
            take = np.linspace(0, len(files) - 1, limit).round().astype(int)
            files = [files[i] for i in take]
        self.files = files
        self.failed: list[str] = []

    def read(
        self, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Decodes and resizes the files at `places`.

        Returns:
            Those of `places` that could be read, `[n]`, float32 pixels from 0
            to 255, `[n, height, width, channels]`, and int32 labels, `[n]`.

        Raises:
            ValueError: If no file at all can be read.
        """
        read, images, labels = [], [], []
        for place in places:
            file, label = self.files[place]
            try:
                image = _decode(file, _MODES[self.channels])
            except Exception:  # Pillow raises errors of many kinds.
                if str(file) not in self.failed:
                    self.failed.append(str(file))
                continue
            images.append(resizing.resize(image, self.image_size, self._resize))
            labels.append(label)
            read.append(place)
        if len(self.failed) == len(self.files):
            raise ValueError(
                "`path` must hold images that can be read. Received: "
                f"{self.failed[:10]}, none of which can"
            )
        shape = (len(images), *self.image_size, self.channels)
        pixels = np.array(images, "float32").reshape(shape)
        return np.array(read, int), pixels, np.array(labels, "int32")


def index(
    path: str | os.PathLike[str],
) -> tuple[list[str], list[tuple[pathlib.Path, int]]]:
    """Class names, and pairs (file, label), in the order of Keras."""
    root = pathlib.Path(path)
    names = sorted(
        name
        for name in os.listdir(root)
        if (root / name).is_dir() and not name.startswith(".")
    )
    files = [
        (pathlib.Path(folder, file), label)
        for label, name in enumerate(names)
        for folder, _, found in sorted(os.walk(root / name))
        for file in sorted(found)
        if file.lower().endswith(SUFFIXES)
    ]
    return names, files


def _decode(file: pathlib.Path, mode: str) -> np.ndarray:
    """`[height, width, channels]` uint8 pixels of the first frame."""
    image = _pillow()
    if not file.is_file():
        # Opening a named pipe would wait forever.
        raise OSError(f"{file} is no file")
    with image.open(file) as opened:
        pixels = opened
        if opened.mode.startswith("I"):
            # 16 bits: the higher eight, as TensorFlow reads them.
            high = np.asarray(opened).astype("int64") >> 8
            pixels = image.fromarray(high.astype("uint8"))
        array = np.asarray(pixels.convert(mode))
    return array.reshape(*array.shape[:2], len(mode))


def _pillow() -> Any:
    return optional_module("PIL.Image", "A folder of images")
