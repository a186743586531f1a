"""`keras-ceb report`."""

import argparse

from keras_ceb_cli import options

HELP = "render report.json or comparison.json again"
MORE = " Writes the HTML and the Markdown beside it."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    parser.add_argument("file", help="report.json or comparison.json")
    parser.add_argument(
        "--output", help="folder for the files. Default: that of the file"
    )
    options.add_printing(parser)
