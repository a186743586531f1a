"""Writes the page of the command line from its parser.

python docs/command_line.py > docs/guides/command-line.md
"""

import argparse
import sys

from keras_ceb_cli.completion import subparsers
from keras_ceb_cli.parser import make_parser

INTRODUCTION = """\
# The command line

This page is written from the parser by `docs/command_line.py`.

`keras-ceb COMMAND --help` prints the same in a shell, and so does `python -m
keras_ceb COMMAND --help`. {epilog}
"""


def page() -> str:
    """The page in Markdown."""
    parser = make_parser()
    epilog = parser.epilog[0].upper() + parser.epilog[1:] + "."
    parts = [INTRODUCTION.format(epilog=epilog)]
    for name, command in subparsers(parser).items():
        parts += [f"## {name}\n", f"{command.description}\n"]
        actions = [a for a in command._actions if a.dest != "help"]
        positional = [a.dest.upper() for a in actions if not a.option_strings]
        required = [_option(a) for a in actions if _is_required(a)]
        words = " ".join(["keras-ceb", name, *positional, *required])
        parts.append(f"    {words} [OPTIONS]\n")
        rows = ["| option | meaning |", "| --- | --- |"]
        rows += [f"| {_title(a)} | {_text(a.help)} |" for a in actions]
        parts.append("\n".join(rows) + "\n")
    return "\n".join(parts).rstrip() + "\n"


def _is_required(action: argparse.Action) -> bool:
    return bool(action.option_strings) and action.required


def _option(action: argparse.Action) -> str:
    """An option with the names of its values."""
    option = ", ".join(action.option_strings)
    if action.nargs == 0 or not option:
        return option or action.dest.upper()
    metavar = action.metavar or action.dest.upper()
    if action.choices is not None:
        metavar = "{" + ",".join(map(str, action.choices)) + "}"
    if isinstance(metavar, tuple):
        metavar = " ".join(metavar)
    if isinstance(action, argparse.BooleanOptionalAction):
        return option
    more = {"+": " ...", "*": " ..."}.get(str(action.nargs), "")
    return f"{option} {metavar}{more}"


def _title(action: argparse.Action) -> str:
    return f"`{_option(action)}`".replace("|", "\\|")


def _text(help: str | None) -> str:
    text = (help or "").replace("|", "\\|")
    return text[:1].upper() + text[1:]


if __name__ == "__main__":
    sys.stdout.write(page())
