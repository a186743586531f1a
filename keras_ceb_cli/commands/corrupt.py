"""`keras-ceb corrupt`."""

import argparse

from keras_ceb_cli import options
from keras_ceb_cli import values

HELP = "write a corrupted copy of a folder of images"
MORE = (
    " The copy is laid out as ImageNet-C is: "
    "corruption/severity/class/image.png."
)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options of the command to its parser."""
    add = parser.add_argument
    add("folder", help="folder that holds a folder of images per class")
    options.add_output(parser, "new folder. Default: FOLDER-corrupted, here")
    add(
        "--corruptions",
        nargs="+",
        default=["all"],
        help="names, or all: the 15 common ones. Default: all",
    )
    add(
        "--severities",
        nargs="+",
        type=int,
        choices=range(1, 6),
        default=[1, 2, 3, 4, 5],
        help="from 1 to 5. Default: all",
    )
    add(
        "--variant",
        choices=["imagenet-c", "cifar10-c"],
        help="the meaning of the severities. Default: cifar10-c up to 64 "
        "pixels, otherwise imagenet-c",
    )
    options.add_size(parser, "Default: the size of the first image")
    options.add_resize(parser)
    add("--limit", type=values.positive, help="use at most this many images")
    add("--seed", type=int, default=0, help="seed of the random numbers")
    options.add_printing(parser)
