"""Runs the commands of `keras-ceb`, whose options `keras_ceb_cli` parses."""

import argparse
import contextlib
import importlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from types import FrameType

from keras_ceb._src.cli.messages import complain
from keras_ceb._src.cli.messages import warnings_in_one_line

# The module that runs each command; `report` does without Keras.
_MODULES = {
    "audit": "audit",
    "compare": "compare",
    "corrupt": "corrupt",
    "evaluate": "evaluate",
    "report": "render",
}
ERROR, INTERRUPTED = 1, 130


def run(options: argparse.Namespace) -> int:
    """Runs a command and returns its exit code.

    Args:
        options: What the parser of `keras_ceb_cli` returns.
    """
    with warnings_in_one_line(), _terminated_as_interrupted():
        try:
            for name in getattr(options, "imports", []):
                _import(name)
            module = _MODULES[options.command]
            command = importlib.import_module(f"keras_ceb._src.cli.{module}")
            return int(command.run(options))
        except KeyboardInterrupt:
            resumes = options.command in ("compare", "evaluate")
            complain(
                "interrupted; the same command goes on where it stopped"
                if resumes
                else "interrupted; the same command starts again"
            )
            return INTERRUPTED
        # Every error ends in one line, whatever raised it.
        except Exception as error:
            if options.debug:
                traceback.print_exc()
            text = str(error)
            if not isinstance(
                error, (OSError, TypeError, ValueError, ImportError)
            ):
                text = f"{type(error).__name__}: {text} (see `--debug`)"
            complain(text)
            return ERROR


def _import(name: str) -> None:
    """Imports a module, of the current folder too."""
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        importlib.import_module(name)
    # A user's module may raise anything.
    except Exception as error:
        raise ValueError(
            "`--import` must name a Python module that can be imported. "
            f"Received: {name!r}, {type(error).__name__}: {error}"
        ) from error


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Within it, SIGTERM is handled as Ctrl-C is."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
