"""The parser of `keras-ceb`. Imports nothing that takes time."""

import argparse
import importlib.metadata
import sys
from typing import Any
from typing import NoReturn

from keras_ceb_cli.commands import audit
from keras_ceb_cli.commands import compare
from keras_ceb_cli.commands import completion
from keras_ceb_cli.commands import corrupt
from keras_ceb_cli.commands import evaluate
from keras_ceb_cli.commands import report

# Exit codes.
ERROR, INTERRUPTED = 1, 130
_CODES = (
    "exit codes: 0 fine, 1 an error, 2 below `--fail-under`, 3 flagged by the "
    "audit, 130 interrupted (the same command goes on where it stopped)"
)
_COMMANDS = {
    "evaluate": evaluate,
    "compare": compare,
    "audit": audit,
    "corrupt": corrupt,
    "report": report,
    "completion": completion,
}


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line, with the exit code of an error."""

    def error(self, message: str) -> NoReturn:
        self.exit(
            ERROR,
            f"keras-ceb: {' '.join(message.split())} (see `{self.prog} "
            "--help`)\n",
        )


class _Version(argparse.Action):
    """Looks the version up only if it is asked for."""

    def __init__(self, **options: Any):
        super().__init__(nargs=0, help="print the version", **options)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> NoReturn:
        version = importlib.metadata.version("keras-ceb")
        sys.stdout.write(f"keras-ceb {version}\n")
        parser.exit()


def make_parser() -> Parser:
    """The parser of `keras-ceb`."""
    parser = Parser(
        prog="keras-ceb",
        description="Measures the robustness of Keras classifiers.",
        epilog=_CODES,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_Version)
    commands = parser.add_subparsers(
        dest="command", required=True, metavar="COMMAND"
    )
    for name, command in _COMMANDS.items():
        text = f"{command.HELP[0].upper()}{command.HELP[1:]}.{command.MORE}"
        made = commands.add_parser(
            name, help=command.HELP, description=text, allow_abbrev=False
        )
        command.add_options(made)
    return parser
