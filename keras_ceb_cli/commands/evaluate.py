"""`keras-ceb evaluate`."""

import argparse

from keras_ceb_cli import options

HELP = "measure the robustness of a saved model"
MORE = (
    " Writes report.html, report.md and report.json. Run again after "
    "an interruption, it goes on where it stopped."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    parser.add_argument("model", help="model file (.keras)")
    options.add_data(parser, required=True)
    options.add_model(parser)
    options.add_attacks(parser)
    options.add_measurements(parser)
    options.add_bars(parser)
    options.add_output(
        parser, "folder for the results. Default: MODEL-robustness, here"
    )
    options.add_printing(parser)
