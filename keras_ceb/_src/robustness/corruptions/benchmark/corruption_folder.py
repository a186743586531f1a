"""ImageNet-C as it was released: corruption/severity/wnid/*.JPEG."""

import pathlib
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
from keras_ceb._src.robustness.corruptions.images.names import CORRUPTIONS
from keras_ceb._src.robustness.corruptions.images.names import check_name
from keras_ceb._src.validation import positive_integer

_SUFFIXES = (".jpeg", ".jpg", ".png")


class CorruptionFolder:
    """Reads the released folders in batches. Needs Pillow.

    The label of an image is the index of its wnid among the sorted wnids of
    the folder; with all 1000 present, it is ImageNet's class number.

    Args:
        path: Folder that holds a folder for each corruption.
        names: Corruptions to read, each with a folder per severity. Default:
            those of the 19 that have a folder.
        severities: The severities to read.
        batch_size: Images per batch.

    Raises:
        ValueError: If there are no corruptions, or severities are missing.

    Example:

    ```python
    images = CorruptionFolder("ImageNet-C", ["fog", "snow"])
    report = evaluate_corrupted_sets(
        model, images.load, images.names, variant="imagenet-c"
    )
    ```
    """

    def __init__(
        self,
        path: str | pathlib.Path,
        names: Sequence[str] | None = None,
        severities: Sequence[int] = SEVERITIES,
        batch_size: int = 128,
    ):
        self.path = pathlib.Path(path)
        if names is None:
            names = [
                name for name in CORRUPTIONS if (self.path / name).is_dir()
            ]
        for name in names:
            check_name(name)
        severities = [check_severity(s) for s in severities]
        if not names:
            raise ValueError(
                "`path` must be a folder that holds folders named "
                f"{list(CORRUPTIONS)}. Received: "
                f"path={str(path)!r}"
            )
        missing = [
            f"{name}/{severity}"
            for name in names
            for severity in severities
            if not (self.path / name / str(severity)).is_dir()
        ]
        if missing:
            raise ValueError(
                "`path` must hold a folder for each corruption and "
                f"severity. Received: path={str(path)!r}, which lacks "
                f"{missing}"
            )
        self.names = tuple(names)
        self.severities = tuple(severities)
        self.batch_size = positive_integer(batch_size, "batch_size")

    def load(
        self, name: str, severity: int
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Batches of one corruption at one severity.

        Yields:
            uint8 images, [batch, height, width, 3], and int32 labels.

        Raises:
            ValueError: If there are no images.
        """
        image = optional_module("PIL.Image", "A `CorruptionFolder`")
        folder = self.path / name / str(severity)
        classes = sorted(p for p in folder.iterdir() if p.is_dir())
        files = [
            (file, label)
            for label, wnid in enumerate(classes)
            for file in sorted(wnid.iterdir())
            if file.suffix.lower() in _SUFFIXES
        ]
        if not files:
            raise ValueError(
                f"{str(folder)!r} must hold folders of images named by "
                "wnid. Received: no image"
            )
        for first in range(0, len(files), self.batch_size):
            images, labels = [], []
            for file, label in files[first : first + self.batch_size]:
                with image.open(file) as picture:
                    images.append(np.asarray(picture.convert("RGB")))
                labels.append(label)
            yield np.stack(images), np.array(labels, "int32")
