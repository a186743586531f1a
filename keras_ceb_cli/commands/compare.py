"""`keras-ceb compare`."""

import argparse

from keras_ceb_cli import options

HELP = "compare two models, or two reports"
MORE = (
    " Two models are measured on the same images; two report.json need "
    "neither images nor models. Writes comparison.html, comparison.md "
    "and comparison.json."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    parser.add_argument("old", help="model file, or report.json")
    parser.add_argument("new", help="model file, or report.json")
    options.add_data(parser, required=False)
    options.add_model(parser)
    options.add_attacks(parser)
    options.add_measurements(parser)
    options.add_bars(parser, " The bars are for the new model.")
    options.add_output(
        parser, "folder for the results. Default: OLD-vs-NEW, here"
    )
    options.add_printing(parser)
