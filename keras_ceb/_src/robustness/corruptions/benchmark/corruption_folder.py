"""ImageNet-C as it was released: corruption/severity/wnid/*.JPEG."""

import pathlib
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.images import parameters
from keras_ceb._src.validation import positive_integer

_SUFFIXES = (".jpeg", ".jpg", ".png")


class CorruptionFolder:
    """Reads the released folders, a batch at a time. Needs Pillow.

    The label of an image is the place of its wnid among the sorted wnids of
    the folder, which for all 1000 is ImageNet's class number.

    Args:
        path: folder that holds a folder for each corruption.
        names: the corruptions to read, which must be there in full. Default:
            all of the 19 that have a folder.
        severities: the severities to read.
        batch_size: images a batch.

    Raises:
        ValueError: if there is no corruption, or severities are missing.

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
        severities: Sequence[int] = parameters.SEVERITIES,
        batch_size: int = 128,
    ):
        self.path = pathlib.Path(path)
        if names is None:
            names = [
                name
                for name in parameters.CORRUPTIONS
                if (self.path / name).is_dir()
            ]
        for name in names:
            parameters.check_name(name)
        severities = [parameters.check_severity(s) for s in severities]
        if not names:
            raise ValueError(
                "`path` should be a folder that holds folders named "
                f"{list(parameters.CORRUPTIONS)}. Received: "
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
                "`path` should hold a folder for each corruption and "
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
            ValueError: if there are no images.
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
                f"{str(folder)!r} should hold folders of images named by "
                "wnid. Received: no image"
            )
        for first in range(0, len(files), self.batch_size):
            images, labels = [], []
            for file, label in files[first : first + self.batch_size]:
                with image.open(file) as picture:
                    images.append(np.asarray(picture.convert("RGB")))
                labels.append(label)
            yield np.stack(images), np.array(labels, "int32")
