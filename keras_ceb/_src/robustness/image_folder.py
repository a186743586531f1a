"""A folder of images by class, read as Keras reads it."""

import os
import pathlib
from typing import Any

import keras
import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness import resizing
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# Those of `keras.utils.image_dataset_from_directory`.
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".png")
_MODES = {1: "L", 3: "RGB", 4: "RGBA"}


class ImageFolder(keras.utils.PyDataset):
    """Images of a folder that holds one folder for each class.

    The classes, files, labels and their order are those of
    `keras.utils.image_dataset_from_directory(path, shuffle=False)`: a class
    for each folder whose name does not begin with a dot, in the order of
    names, with the images of its own folders too. So are the pixels, by
    default, but for the rounding of JPEG decoders. A file that cannot be read
    is left out, and listed in `failed`.

    Args:
        path: The folder.
        image_size: (height, width) to which images are resized.
        channels: 1, 3 or 4.
        bounds: The range to which pixels are scaled.
        batch_size: How many files are read at a time.
        limit: How many files to take at most, evenly over the classes.
        resize: How images get their size. `"stretch"`, as
            `image_dataset_from_directory` does by default: bilinear, without
            antialias, and the aspect ratio is not kept. `"crop"` and `"pad"`,
            as it does with `crop_to_aspect_ratio` and `pad_to_aspect_ratio`.
            `"antialias"`: Pillow's bilinear, which averages over all pixels
            of a larger image.

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
        bounds: tuple[float, float] = (0.0, 1.0),
        batch_size: int = 128,
        limit: int | None = None,
        resize: str = "stretch",
    ):
        super().__init__()
        optional_module("PIL.Image", "A folder of images")
        self._resize = one_of(resize, "resize", resizing.WAYS)
        self._mode = _MODES[one_of(channels, "channels", _MODES)]
        self._batch_size = positive_integer(batch_size, "batch_size")
        self.class_names, files = index(path)
        if not files:
            raise ValueError(
                f"`{path}` must hold one folder of images for each class, "
                "with files that end in one of "
                f"{SUFFIXES}. Received: no image in {len(self.class_names)} "
                "folders"
            )
        if limit is not None and positive_integer(limit, "limit") < len(files):
            take = np.linspace(0, len(files) - 1, limit).round().astype(int)
            files = [files[i] for i in take]
        self.files = files
        self.failed: list[str] = []
        self._size, self._bounds = image_size, bounds

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
                image = _decode(file, self._mode)
            except Exception:  # Pillow raises errors of many kinds.
                if str(file) not in self.failed:
                    self.failed.append(str(file))
                continue
            images.append(resizing.resize(image, self._size, self._resize))
            labels.append(label)
        if len(self.failed) == len(self.files):
            raise ValueError(
                "No image of the folder can be read. Received: "
                f"{self.failed[:10]}"
            )
        shape = (len(images), *self._size, len(self._mode))
        x = np.array(images, "float32").reshape(shape)
        if keras.config.image_data_format() == "channels_first":
            x = x.transpose(0, 3, 1, 2)
        x = resizing.scale(x, self._bounds)
        return x, np.array(labels, "int32")


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
    image: Any = optional_module("PIL.Image", "A folder of images")
    with image.open(file) as opened:
        pixels = opened
        if opened.mode.startswith("I"):
            # 16 bits: the higher eight, as TensorFlow reads them.
            high = np.asarray(opened).astype("int64") >> 8
            pixels = image.fromarray(high.astype("uint8"))
        array = np.asarray(pixels.convert(mode))
    return array.reshape(*array.shape[:2], len(mode))
