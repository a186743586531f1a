"""The entry point of the command `keras-ceb`.

A package of its own, as importing `keras_ceb` imports Keras and its backend,
which takes seconds: `--help`, `--version` and wrong options do without.
"""

import os
import sys
from collections.abc import Sequence

from keras_ceb_cli.completion import completion
from keras_ceb_cli.parser import make_parser


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
    # What TensorFlow and absl print while they are imported.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        from keras_ceb._src.cli.main import run
    except KeyboardInterrupt:
        print("keras-ceb: interrupted", file=sys.stderr)
        return 130

    return run(options)
