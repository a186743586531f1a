"""The entry point of the command `keras-ceb`.

A package of its own, as importing `keras_ceb` imports Keras and its backend,
which takes seconds: `--help`, `--version`, wrong options and `report` do
without.
"""

import contextlib
import os
import sys
from collections.abc import Sequence

from keras_ceb_cli.bare_package import bare_package
from keras_ceb_cli.completion import completion
from keras_ceb_cli.parser import INTERRUPTED
from keras_ceb_cli.parser import make_parser

_WITHOUT_KERAS = ("completion", "report")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-ceb` and returns its exit code."""
    parser = make_parser()
    try:
        options = parser.parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    if options.command == "completion":
        print(completion(parser, options.shell), end="")
        return 0
    if not options.debug:
        _silence_the_backend()
    bare = options.command in _WITHOUT_KERAS
    with bare_package("keras_ceb") if bare else contextlib.nullcontext():
        try:
            from keras_ceb._src.cli.main import run
        except KeyboardInterrupt:
            print("keras-ceb: interrupted", file=sys.stderr)
            return INTERRUPTED

        return run(options)


def run_without_keras() -> None:
    """Ends the process if the command in its arguments needs no Keras.

    For `python -m keras_ceb`, which imports the package first.
    """
    options = make_parser().parse_args()
    if options.command in _WITHOUT_KERAS:
        sys.exit(main())


def _silence_the_backend() -> None:
    """Leaves the standard error to Python.

    The C++ code of TensorFlow logs to it directly, whatever
    `TF_CPP_MIN_LOG_LEVEL` is.
    """
    try:
        if sys.stderr.fileno() != 2:
            return
    except (AttributeError, OSError, ValueError):
        # It is not that of the process: in a notebook, or in a test.
        return
    own = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    sys.stderr = open(
        own,
        "w",
        buffering=1,
        encoding=sys.stderr.encoding,
        errors=sys.stderr.errors,
    )
