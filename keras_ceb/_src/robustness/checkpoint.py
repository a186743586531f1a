"""Intermediate results with one row per image, in a file to resume from."""

import hashlib
import json
import pathlib
from typing import Any

import numpy as np

from keras_ceb._src.robustness.model_digest import check_same_model
from keras_ceb._src.saving.paths import UNREADABLE
from keras_ceb._src.saving.paths import write_arrays


class Checkpoint:
    """Arrays with one row per image, which grow and can be saved.

    Args:
        path: The file, or `None` to keep the arrays in memory only. If the
            file exists, the arrays are those in it.
        settings: Plain values on which the results depend.
        writer: The name of the function that writes such files, for errors.

    Attributes:
        arrays: The arrays by name, empty at first.

    Raises:
        ValueError: If the file is of other settings, or of something else.
    """

    def __init__(
        self, path: pathlib.Path | None, settings: dict[str, Any], writer: str
    ):
        self.arrays: dict[str, np.ndarray] = {}
        self._path = path
        self._settings = json.dumps(settings, sort_keys=True, default=str)
        self._writer = writer
        self._digests = np.zeros(0, "S8")
        self._model = ""
        if path is not None and path.exists():
            self._restore(path)

    @property
    def num_images(self) -> int:
        return len(self._digests)

    def check_model(self, model: str) -> None:
        """Notes the `model_digest` of the model.

        Raises:
            ValueError: If the restored file is of another one.
        """
        check_same_model(self._model, model)
        self._model = model

    def count_known(self, x: np.ndarray, y: np.ndarray, first: int) -> int:
        """How many of some images the arrays have rows for.

        Args:
            x: Images.
            y: Labels.
            first: The index of the first one in its data set.

        Raises:
            ValueError: If they are not the images that the rows are of.
        """
        known = self._digests[first : first + len(x)]
        count = len(known)
        check_same_images(known, x[:count], y[:count], first)
        return count

    def check_complete(self, num_images: int) -> None:
        """Raises an error if `data` has fewer images than there are rows."""
        check_not_fewer(num_images, self.num_images)

    def add(self, x: np.ndarray, y: np.ndarray, **rows: np.ndarray) -> None:
        """Adds the rows of the next images."""
        for name, new in rows.items():
            old = self.arrays.get(name, new[:0])
            self.arrays[name] = np.concatenate([old, new])
        if self._path is not None:
            new = digests(x, y)
        else:
            new = np.zeros(len(x), "S8")
        self._digests = np.concatenate([self._digests, new])

    def save(self) -> None:
        """Writes the file atomically, if there is one."""
        if self._path is None:
            return
        rows = {f"rows_{name}": rows for name, rows in self.arrays.items()}
        settings = np.array(self._settings)
        write_arrays(
            self._path,
            {
                "settings": settings,
                "model": np.array(self._model),
                "digests": self._digests,
                **rows,
            },
        )

    def _restore(self, path: pathlib.Path) -> None:
        try:
            with np.load(path, allow_pickle=False) as file:
                settings = str(file["settings"])
                self._digests = file["digests"]
                if "model" in file:
                    self._model = str(file["model"])
                self.arrays = {
                    name.removeprefix("rows_"): file[name]
                    for name in file.files
                    if name.startswith("rows_")
                }
        except UNREADABLE as error:
            raise ValueError(
                f"`checkpoint` must be a file that `{self._writer}` wrote, or "
                f"a new one. Received: checkpoint={str(path)!r}, which is "
                "a different file or corrupt; delete it to start again"
            ) from error
        if settings != self._settings:
            raise ValueError(
                "`checkpoint` must be of the same settings, "
                f"{self._settings}. Received: checkpoint={str(path)!r}, which "
                f"is of {settings}"
            )


def check_same_images(
    known: np.ndarray, x: np.ndarray, y: np.ndarray, first: int
) -> None:
    """Raises an error if images are not those of a checkpoint.

    Args:
        known: The `digests` in the checkpoint.
        x: As many images.
        y: Their labels.
        first: The index of the first one in its data set.
    """
    if np.any(known != digests(x, y)):
        raise ValueError(
            "`data` must yield the images of the call that wrote "
            "`checkpoint`, in the same order; build it with "
            "`shuffle=False`. Received: different images among "
            f"{first}..{first + len(known) - 1}"
        )


def check_not_fewer(num_images: int, known: int) -> None:
    """Raises an error if data has fewer images than a checkpoint, `known`."""
    if known > num_images:
        raise ValueError(
            "`data` must yield the images of the call that wrote "
            f"`checkpoint`. Received: {num_images} images, fewer than "
            f"{known}"
        )


def digests(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A hash of each image with its label, `[n]` bytes.

    32 bits are enough to notice that the data set has changed.
    """
    return np.array(
        [
            hashlib.blake2b(
                image.tobytes() + label.tobytes(), digest_size=4
            ).hexdigest()
            for image, label in zip(x, y, strict=True)
        ],
        "S8",
    )
