"""Warnings that point at the user's line."""

import os
import pathlib
import sys
import warnings

import keras

_OWN = tuple(
    os.path.join(folder, "")
    for folder in (
        str(pathlib.Path(__file__).parents[1]),
        os.path.dirname(keras.__file__),
    )
)


def warn(message: str) -> None:
    """Warns with the first line outside of Keras and of this package."""
    level = 2
    frame = sys._getframe(1)
    while frame.f_back and frame.f_code.co_filename.startswith(_OWN):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
