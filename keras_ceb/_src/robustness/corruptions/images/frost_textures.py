"""The textures of the frost corruption: where they come from.

The published sets use photographs of unknown authors and license, so they are
not part of this package. They are read from a folder that the user names or
from an installed package that contains them. A synthetic texture exists for
augmentation; its error rates are not comparable with published ones.
"""

import functools
import importlib.util
import pathlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.corruptions.images import weather

SYNTHETIC = "synthetic"

# The originals have six files and draw from these five.
FILE_NAMES = (
    "frost1.png",
    "frost2.png",
    "frost3.png",
    "frost4.jpg",
    "frost5.jpg",
)

# Packages with a folder "frost" that holds the files.
_PACKAGES = ("imagecorruptions", "imgcorr")

_SYNTHETIC_SIZE = 512


class FrostTexturesNotFound(FileNotFoundError):
    """Raised when frost is requested and its photographs are not found."""


def load_textures(source: Any = None) -> tuple[np.ndarray, ...]:
    """The frost textures.

    Args:
        source: A folder that holds frost1.png, frost2.png, frost3.png,
            frost4.jpg and frost5.jpg; `"synthetic"`; a sequence of uint8
            arrays, [height, width, 3]; or `None` for the folder of an
            installed package (imagecorruptions, imgcorr).

    Returns:
        Tuple of uint8 arrays, [height, width, 3].

    Raises:
        FrostTexturesNotFound: If the files are not found.
        ValueError: On arrays of another shape or dtype.

    Example:

    ```python
    textures = load_textures("frost")  # a folder with the five files
    frosted = corrupt(images, "frost", 3, textures=textures)
    ```
    """
    if source is None:
        return _load_folder(_installed_folder())
    if isinstance(source, str) and source == SYNTHETIC:
        return synthetic_textures()
    if isinstance(source, str | pathlib.Path):
        return _load_folder(pathlib.Path(source))
    if not isinstance(source, Iterable):
        raise TypeError(
            "`textures` must be a folder, 'synthetic' or a sequence of "
            f"arrays. Received: textures={source!r}"
        )
    textures = tuple(np.asarray(texture) for texture in source)
    for texture in textures:
        if texture.ndim != 3 or texture.shape[2] != 3:
            raise ValueError(
                "`textures` must be arrays of shape (height, width, 3). "
                f"Received: shape={texture.shape}"
            )
        if texture.dtype != np.uint8:
            raise ValueError(
                "`textures` must be uint8 arrays. Received: "
                f"dtype={texture.dtype}"
            )
    if not textures:
        raise ValueError(
            "`textures` must hold at least one array. Received: none"
        )
    return textures


@functools.lru_cache(maxsize=1)
def synthetic_textures() -> tuple[np.ndarray, ...]:
    """Drawn ice: bright ridges of plasma noise on blue, five of them."""
    keys = random.image_keys(np.zeros(2, "uint32"), np.arange(5))
    cloud = ops.convert_to_numpy(weather.plasma(keys, _SYNTHETIC_SIZE, 1.7))
    ridges = 1 - np.abs(2 * cloud - 1)
    ridges = np.clip((ridges - 0.5) * 2, 0, 1)[..., None] ** 2
    dark, bright = np.array([40, 60, 90]), np.array([235, 245, 255])
    textures = (dark + (bright - dark) * ridges).astype("uint8")
    return tuple(textures)


def _installed_folder() -> pathlib.Path:
    """The folder of an installed package, found without importing it."""
    for package in _PACKAGES:
        spec = importlib.util.find_spec(package)
        for location in (spec and spec.submodule_search_locations) or ():
            folder = pathlib.Path(location) / "frost"
            if all((folder / name).is_file() for name in FILE_NAMES):
                return folder
    raise FrostTexturesNotFound(
        "`textures` must be given for frost, as its photographs are not part "
        "of this package: their license is not known. Pass a "
        f"folder that holds {list(FILE_NAMES)} (from "
        "github.com/hendrycks/robustness), or install one of "
        f"{list(_PACKAGES)}. For augmentation only, `textures='synthetic'`. "
        "Received: textures=None"
    )


def _load_folder(folder: pathlib.Path) -> tuple[np.ndarray, ...]:
    missing = [name for name in FILE_NAMES if not (folder / name).is_file()]
    if missing:
        raise FrostTexturesNotFound(
            f"`textures` must be a folder that holds {list(FILE_NAMES)}. "
            f"Received: textures={str(folder)!r}, which lacks {missing}"
        )
    return _read_files(folder.resolve())


@functools.lru_cache(maxsize=4)
def _read_files(folder: pathlib.Path) -> tuple[np.ndarray, ...]:
    image = optional_module("PIL.Image", "Frost from photographs")
    textures = []
    for name in FILE_NAMES:
        with image.open(folder / name) as picture:
            textures.append(np.asarray(picture.convert("RGB")))
    return tuple(textures)


class HashableTextures(tuple[np.ndarray, ...]):
    """Textures that are equal when their numbers are."""

    @functools.cached_property
    def _digest(self) -> int:
        return hash(tuple((t.shape, t.tobytes()) for t in self))

    def __hash__(self) -> int:
        return self._digest

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, HashableTextures)
            and len(self) == len(other)
            and all(map(np.array_equal, self, other))
        )
