"""Checks of the paths that results are written to, and the writing."""

import contextlib
import os
import pathlib
import zipfile
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

import numpy as np

# What a file of arrays raises that is something else, cut off or damaged.
UNREADABLE = (EOFError, IndexError, KeyError, ValueError, zipfile.BadZipFile)


def file_to_write(path: Any, name: str = "path") -> pathlib.Path:
    """`path`, if it is not a folder and lies in one that exists."""
    file = _path(path, name, "a file")
    if file.is_dir():
        raise ValueError(
            f"`{name}` must be the path of a file. Received: "
            f"{name}={str(file)!r}, which is a folder"
        )
    if not file.parent.is_dir():
        raise ValueError(
            f"`{name}` must lie in a folder that exists. Received: "
            f"{name}={str(file)!r}, and there is no folder "
            f"{str(file.parent)!r}"
        )
    return file


def folder_to_write(path: Any, name: str) -> pathlib.Path:
    """`path` as a folder, which is created if it does not exist."""
    folder = _path(path, name, "a folder")
    for part in (folder, *folder.parents):
        if part.exists() and not part.is_dir():
            raise ValueError(
                f"`{name}` must be the path of a folder. Received: "
                f"{name}={str(folder)!r}, and {str(part)!r} is a file"
            )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


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


def write_text(path: str | pathlib.Path, text: str) -> None:
    """Writes a file as a whole: whoever interrupts it, no half is left.

    Args:
        path: The file. A file of another kind, such as `/dev/stdout`, is
            written to directly.
        text: Its content.
    """
    file = pathlib.Path(path)
    if file.exists() and not file.is_file():
        file.write_text(text, encoding="utf-8")
        return
    with _whole(file) as part:
        part.write_text(text, encoding="utf-8")


def write_arrays(path: str | pathlib.Path, arrays: Mapping[str, Any]) -> None:
    """Writes an .npz file as a whole, see `write_text`."""
    # `np.savez` has arguments of its own, which are no names of arrays then.
    with _whole(pathlib.Path(path)) as part, zipfile.ZipFile(part, "w") as file:
        for name, array in arrays.items():
            with file.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(
                    member, np.asanyarray(array), allow_pickle=False
                )


@contextlib.contextmanager
def _whole(file: pathlib.Path) -> Iterator[pathlib.Path]:
    """The path of a part, which replaces `file` once it is written."""
    # What a link points to is replaced, not the link.
    file = file.resolve()
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        yield part
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
