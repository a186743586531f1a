"""The folder that a command writes to, and the files in it."""

import argparse
import hashlib
import json
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.cli.messages import complain
from keras_ceb._src.cli.messages import tell
from keras_ceb._src.saving.paths import write_text

_COMMAND = "command.json"
# Options that do not change the results.
_OF_PRINTING = ("debug", "json", "output", "overwrite", "quiet")


class Output:
    """The folder of the results of one command.

    Args:
        options: The options, of which `output` may be `None`.
        default: The folder if no other is given.
        results: Names of the files that the command writes.
        inputs: Files on which the results depend.

    Attributes:
        path: The folder.

    Raises:
        ValueError: If the folder cannot be written to, or holds results of
            another command and `options.overwrite` is not set.
    """

    def __init__(
        self,
        options: argparse.Namespace,
        default: str,
        results: Sequence[str],
        inputs: Iterable[str] = (),
    ):
        self.path = pathlib.Path(options.output or default)
        check_writable(self.path)
        self._settings = _settings(options, inputs)
        there = [name for name in results if (self.path / name).exists()]
        if there and not options.overwrite and not self._is_of_this_command():
            raise ValueError(
                "`--output` must be a folder without the results of another "
                "command; name another folder, or pass `--overwrite`. "
                f"Received: {str(self.path)!r}, which holds {there[0]}"
            )

    def open(self) -> pathlib.Path:
        """Creates the folder, and notes in it which command writes there."""
        self.path.mkdir(parents=True, exist_ok=True)
        write_text(
            self.path / _COMMAND,
            json.dumps(self._settings, indent=1, sort_keys=True),
        )
        return self.path

    def _is_of_this_command(self) -> bool:
        try:
            text = (self.path / _COMMAND).read_text(encoding="utf-8")
            return bool(json.loads(text) == self._settings)
        except (OSError, ValueError):
            return False


def check_writable(folder: pathlib.Path) -> None:
    """Raises an error unless a folder is or can be made, and written to."""
    there = next(p for p in (folder, *folder.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ValueError(
            "`--output` must be a folder that can be written to. Received: "
            f"{str(folder)!r}"
        )


def write_result(
    options: argparse.Namespace, result: Any, folder: pathlib.Path, stem: str
) -> None:
    """Writes a report or a comparison in each form, and prints it."""
    text = result.to_json(folder / f"{stem}.json")
    words = result.to_markdown(folder / f"{stem}.md")
    try:
        result.to_html(folder / f"{stem}.html")
    except ImportError as error:
        complain(f"no {stem}.html. {error}")
    if options.json:
        print(text)
    tell(options, words)
    tell(options, f"Written to {folder}")


def _settings(
    options: argparse.Namespace, inputs: Iterable[str]
) -> dict[str, Any]:
    """What tells one command from another, as JSON gives it back."""
    settings = {
        name: value
        for name, value in vars(options).items()
        if name not in _OF_PRINTING
    }
    settings["digests"] = {
        name: digest for name in inputs if (digest := _digest(name)) is not None
    }
    restored: dict[str, Any] = json.loads(json.dumps(settings, default=str))
    return restored


def _digest(path: str) -> str | None:
    """A hash of a file, or `None` for what is no file."""
    if not os.path.isfile(path):
        return None
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(2**20):
            digest.update(chunk)
    return digest.hexdigest()
