"""`keras-ceb completion`."""

import argparse

from keras_ceb_cli.completion import SHELLS

HELP = "print a script that completes this command in a shell"
MORE = ' For bash: eval "$(keras-ceb completion bash)".'


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    parser.add_argument("shell", choices=SHELLS, help="the shell")
