"""Options that several commands have."""

import argparse

from keras_ceb_cli import values

ATTACKS = ("autoattack", "autoattack-standard", "pgd")
# As in `keras_ceb._src.data.readers.resizing`, which imports NumPy.
WAYS = ("stretch", "crop", "pad", "antialias")


def add_data(parser: argparse.ArgumentParser, required: bool) -> None:
    """Which images are measured, and how they are read."""
    add = parser.add_argument
    add(
        "--data",
        required=required,
        help="an .npz file with arrays x and y, a folder with one folder of "
        "images per class (read as Keras's image_dataset_from_directory "
        "does), or a name of TensorFlow Datasets",
    )
    add("--split", default="test", help="split of a TensorFlow data set")
    add("--data-dir", help="where TensorFlow data sets are")
    add(
        "--download",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="download a TensorFlow data set that is not there",
    )
    add(
        "--class-names",
        nargs="+",
        metavar="NAME",
        help="names of the classes in the order of the outputs of the model, "
        "or a text file with one per line. A folder of images may then lack "
        "some classes. Default: the names of the folders, in their order",
    )
    add_size(parser, "Default: the input size of the model")
    add_resize(parser)
    add("--limit", type=values.positive, help="use at most this many images")
    add(
        "--bounds",
        nargs=2,
        type=float,
        metavar=("LOWER", "UPPER"),
        help="range of the inputs of the model; pixels are scaled to it. "
        "Default: what the first layers of the model expect (Rescaling, for "
        "example), otherwise the range in which it is most accurate",
    )


def add_size(parser: argparse.ArgumentParser, default: str) -> None:
    """The size to which images are resized."""
    parser.add_argument(
        "--image-size",
        nargs="+",
        type=values.positive,
        metavar="PIXELS",
        help="height and width to which images are resized, or one number for "
        f"both. {default}",
    )


def add_resize(parser: argparse.ArgumentParser) -> None:
    """How images are resized."""
    parser.add_argument(
        "--resize",
        choices=WAYS,
        default="stretch",
        help="how images are resized: stretch, crop or pad, as "
        "image_dataset_from_directory does by default (bilinear without "
        "antialiasing), with crop_to_aspect_ratio or with pad_to_aspect_ratio; "
        "or antialias, by Pillow. Default: stretch",
    )


def add_model(parser: argparse.ArgumentParser) -> None:
    """How the model is loaded and called."""
    add = parser.add_argument
    add(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="Python module that registers layers of the model; it is "
        "imported, so only name code that you trust. May be repeated",
    )
    add(
        "--probabilities",
        action="store_true",
        help="the model returns probabilities, not logits",
    )
    add(
        "--batch-size",
        type=values.positive,
        default=128,
        help="images per call of the model. Default: 128",
    )
    add(
        "--allow-chance",
        action="store_true",
        help="accept a model that is no better than chance",
    )


def add_attacks(parser: argparse.ArgumentParser) -> None:
    """Which attacks run."""
    add = parser.add_argument
    add(
        "--attacks",
        nargs="*",
        choices=ATTACKS,
        help="attacks to run; none if no name follows. autoattack is the fast "
        "version, which leaves out what no longer misleads the model. Default: "
        "autoattack pgd",
    )
    add(
        "--norm",
        nargs="+",
        choices=values.NORMS,
        default=list(values.NORMS),
        help="norms of the attacks. Default: both",
    )
    add(
        "--eps",
        nargs="+",
        type=values.radius,
        help="one radius for each norm for images in 0..1, such as 8/255; it "
        "is scaled to other ranges. Default: 8/255 for linf, 0.5 for l2",
    )


def add_measurements(parser: argparse.ArgumentParser) -> None:
    """What is measured beside the attacks."""
    add = parser.add_argument
    add("--no-audit", action="store_true", help="skip the audit")
    add("--no-curves", action="store_true", help="skip accuracy against eps")
    add(
        "--corruptions",
        nargs="+",
        help="common corruptions: cifar10-c, imagenet-c, or names",
    )
    add(
        "--ood",
        nargs="+",
        metavar="DATA",
        help="out-of-distribution data, each read as --data is, with labels "
        "that do not matter: measure how well the scores of the model tell it "
        "from --data",
    )
    add(
        "--quick",
        action="store_true",
        help="a first impression: at most 100 images, without audit and "
        "curves, under PGD alone unless --attacks is given",
    )


def add_bars(parser: argparse.ArgumentParser, more: str = "") -> None:
    """Bars that the model must not miss."""
    parser.add_argument(
        "--fail-under",
        action="append",
        type=values.bar,
        default=[],
        metavar="BAR",
        help="end with exit code 2 if the accuracy is below a bar: "
        "clean=0.90, or norm:radius=accuracy such as linf:4/255=0.30, with "
        f"the radius for images in 0..1. May be repeated.{more}",
    )


def add_output(parser: argparse.ArgumentParser, help: str) -> None:
    """Where results are written."""
    add = parser.add_argument
    add("--output", help=help)
    add(
        "--overwrite",
        action="store_true",
        help="write even if the folder holds the results of another command",
    )


def add_printing(parser: argparse.ArgumentParser) -> None:
    """What is printed."""
    add = parser.add_argument
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument(
        "--json", action="store_true", help="print only the results, as JSON"
    )
    kinds.add_argument(
        "--quiet", action="store_true", help="print only warnings and errors"
    )
    add(
        "--debug",
        action="store_true",
        help="show the traceback of an error, and the log of the backend",
    )
