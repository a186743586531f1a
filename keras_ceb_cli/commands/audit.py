"""`keras-ceb audit`."""

import argparse

from keras_ceb_cli import options
from keras_ceb_cli import values

HELP = "look for signs that gradients are masked"
MORE = " A masked gradient makes attacks fail on a model that is not robust."


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    parser.add_argument("model", help="model file (.keras)")
    options.add_data(parser, required=True)
    options.add_model(parser)
    add = parser.add_argument
    add("--norm", choices=values.NORMS, default="linf", help="norm of the ball")
    add(
        "--eps",
        type=values.radius,
        help="radius of the ball for images in 0..1, such as 8/255; it is "
        "scaled to other ranges. Default: 8/255, or 0.5 for l2",
    )
    options.add_printing(parser)
