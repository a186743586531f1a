"""Image files in batches, decoded when they are needed."""

import os
import pathlib
from typing import Any

import keras
import numpy as np

from keras_ceb._src.data.augmentation.pixel_range import EIGHT_BITS
from keras_ceb._src.data.augmentation.pixel_range import Use
from keras_ceb._src.data.pipeline.image_dataset import ImageDataset
from keras_ceb._src.data.readers.image_files import ImageFiles


class FolderDataset(ImageDataset):
    """Images of a folder that are decoded batch by batch.

    Returned by `keras_ceb.data.from_folder`; see there. A file that cannot be
    read is left out of its batch and listed in `failed`.

    Args:
        images: The files, as `from_folder` finds them.
        batch_size: Examples per batch.
        **options: Arguments of `ImageDataset`; `shuffle` defaults to `False`.

    Attributes:
        class_names: Names of the classes in the order of their labels.

    Raises:
        ValueError: If there are fewer images than one batch needs, or an
            argument is invalid.

    Example:

    ```python
    test = keras_ceb.data.from_folder("images", (32, 32))
    images, labels = test[0]
    print(test.class_names, test.failed)
    ```
    """

    def __init__(
        self, images: ImageFiles, batch_size: int = 128, **options: Any
    ):
        options.setdefault("shuffle", False)
        super().__init__(batch_size, **options)
        self._images = images
        self.class_names = images.class_names
        self._check_size()
        augmentation = self.augmentation
        if (
            augmentation is not None
            and augmentation.range_use > Use.NOTHING
            and augmentation.value_range != EIGHT_BITS
        ):
            raise ValueError(
                "`augmentation` must be of `value_range=(0, 255)`: it sees the "
                "pixels of the files before they are scaled. Received: "
                f"value_range={augmentation.value_range}"
            )

    @property
    def num_examples(self) -> int:
        return len(self._images.files)

    @property
    def files(self) -> list[tuple[pathlib.Path, int]]:
        """Pairs (path, label)."""
        return self._images.files

    @property
    def failed(self) -> list[str]:
        """Paths that could not be read so far."""
        return self._images.failed

    def read(
        self, places: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return self._images.read(places)

    def examples(
        self, places: np.ndarray, epoch: int
    ) -> tuple[np.ndarray, np.ndarray]:
        images, labels = super().examples(places, epoch)
        if keras.config.image_data_format() == "channels_first":
            images = images.transpose(0, 3, 1, 2)
        return images, labels


def from_folder(
    path: str | os.PathLike[str],
    image_size: tuple[int, int],
    batch_size: int = 128,
    *,
    channels: int = 3,
    resize: str = "stretch",
    limit: int | None = None,
    **options: Any,
) -> FolderDataset:
    """Images of a folder that holds one folder per class.

    The classes, files, labels and their order are those of
    `keras.utils.image_dataset_from_directory(path, shuffle=False)`: one class
    per folder whose name does not begin with a dot, in the order of names,
    including the images of its subfolders. By default the pixels are the same
    too, except for the rounding of JPEG decoders. A file that cannot be read
    is left out and listed in `failed`.

    Images are read again in each epoch. Needs the package pillow.

    Args:
        path: The folder.
        image_size: (height, width) to which images are resized, in pixels.
        batch_size: Examples per batch.
        channels: 1, 3 or 4.
        resize: How images are resized. `"stretch"`, as
            `image_dataset_from_directory` does by default: bilinear, without
            antialiasing, and the aspect ratio is not kept. `"crop"` and
            `"pad"`, as it does with `crop_to_aspect_ratio` and
            `pad_to_aspect_ratio`. `"antialias"`: Pillow's bilinear filter,
            which averages over all pixels of a larger image.
        limit: Maximum number of files, spread evenly over the classes.
        **options: Arguments of `ImageDataset`; `shuffle` defaults to `False`.

    Returns:
        `FolderDataset`: float32 images in `bounds`, by default from 0 to 1,
        and int32 labels.

    Raises:
        ImportError: If Pillow is not installed.
        ValueError: If the folder holds no images, or an argument is invalid.

    Example:

    ```python
    test = keras_ceb.data.from_folder("images", (32, 32), bounds=(-1, 1))
    classifier = keras_ceb.robustness.Classifier(model, bounds=(-1, 1))
    logits = classifier.predict(test)
    ```
    """
    files = ImageFiles(path, image_size, channels, resize, limit)
    return FolderDataset(files, batch_size, **options)
