"""Paths as arguments, checked before what is written there is computed."""

import pathlib
from typing import Any


def file_to_write(path: Any, name: str = "path") -> pathlib.Path:
    """`path`, if a file can be written there: no folder, in one that exists."""
    path = _path(path, name, "a file")
    if path.is_dir():
        raise ValueError(
            f"`{name}` must be the path of a file. Received: "
            f"{name}={str(path)!r}, which is a folder"
        )
    if not path.parent.is_dir():
        raise ValueError(
            f"`{name}` must lie in a folder that exists. Received: "
            f"{name}={str(path)!r}, and there is no folder "
            f"{str(path.parent)!r}"
        )
    return path


def folder_to_write(path: Any, name: str) -> pathlib.Path:
    """`path` as a folder, which is made if it is not there."""
    path = _path(path, name, "a folder")
    for part in (path, *path.parents):
        if part.exists() and not part.is_dir():
            raise ValueError(
                f"`{name}` must be the path of a folder. Received: "
                f"{name}={str(path)!r}, and {str(part)!r} is a file"
            )
    path.mkdir(parents=True, exist_ok=True)
    return path


def _path(path: Any, name: str, what: str) -> pathlib.Path:
    if not isinstance(path, str | pathlib.Path):
        raise TypeError(
            f"`{name}` must be the path of {what}, a string or a "
            f"`pathlib.Path`. Received: {name}={path!r} of type "
            f"{type(path).__name__}"
        )
    if not str(path).strip():
        raise ValueError(
            f"`{name}` must be the path of {what}. Received: {name}={path!r}"
        )
    return pathlib.Path(path)
