"""The options of `keras-ceb`. Imports nothing that takes time."""

import argparse
import fractions
import importlib.metadata
import math
import sys
from typing import Any
from typing import NoReturn

from keras_ceb_cli.completion import SHELLS

# Exit codes.
ERROR, BELOW, FLAGGED, INTERRUPTED = 1, 2, 3, 130
ATTACKS = ("autoattack", "pgd")
NORMS = ("linf", "l2")
# As in `keras_ceb._src.data.readers.resizing`, which imports NumPy.
WAYS = ("stretch", "crop", "pad", "antialias")
_CODES = (
    "exit codes: 0 fine, 1 an error, 2 below `--fail-under`, 3 flagged by the "
    "audit, 130 interrupted (the same command goes on where it stopped)"
)


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

    def command(name: str, help: str, more: str = "") -> Parser:
        text = help[0].upper() + help[1:] + "." + more
        made: Parser = commands.add_parser(
            name, help=help, description=text, allow_abbrev=False
        )
        return made

    _add_evaluate(
        command(
            "evaluate",
            "measure the robustness of a saved model",
            " Writes report.html, report.md and report.json. Run again after "
            "an interruption, it goes on where it stopped.",
        )
    )
    _add_compare(
        command(
            "compare",
            "compare two models, or two reports",
            " Two models are measured on the same images; two report.json need "
            "neither images nor models. Writes comparison.html, comparison.md "
            "and comparison.json.",
        )
    )
    _add_audit(
        command(
            "audit",
            "look for signs that gradients are masked",
            " A masked gradient makes attacks fail on a model that is not "
            "robust.",
        )
    )
    _add_corrupt(
        command(
            "corrupt",
            "write a corrupted copy of a folder of images",
            " The copy is laid out as ImageNet-C is: "
            "corruption/severity/class/image.png.",
        )
    )
    _add_report(
        command(
            "report",
            "render report.json or comparison.json again",
            " Writes the HTML and the Markdown beside it.",
        )
    )
    _add_completion(
        command(
            "completion",
            "print a script that completes this command in a shell",
            ' For bash: eval "$(keras-ceb completion bash)".',
        )
    )
    return parser


def _add_evaluate(parser: Parser) -> None:
    parser.add_argument("model", help="model file (.keras)")
    _add_data(parser, required=True)
    _add_model(parser)
    _add_attacks(parser)
    _add_measurements(parser)
    _add_bars(parser)
    _add_output(
        parser, "folder for the results. Default: MODEL-robustness, here"
    )
    _add_printing(parser)


def _add_compare(parser: Parser) -> None:
    parser.add_argument("old", help="model file, or report.json")
    parser.add_argument("new", help="model file, or report.json")
    _add_data(parser, required=False)
    _add_model(parser)
    _add_attacks(parser)
    _add_measurements(parser)
    _add_bars(parser, " The bars are for the new model.")
    _add_output(parser, "folder for the results. Default: OLD-vs-NEW, here")
    _add_printing(parser)


def _add_audit(parser: Parser) -> None:
    parser.add_argument("model", help="model file (.keras)")
    _add_data(parser, required=True)
    _add_model(parser)
    add = parser.add_argument
    add("--norm", choices=NORMS, default="linf", help="norm of the ball")
    add(
        "--eps",
        type=radius,
        help="radius of the ball for images in 0..1, such as 8/255; it is "
        "scaled to other ranges. Default: 8/255, or 0.5 for l2",
    )
    _add_printing(parser)


def _add_corrupt(parser: Parser) -> None:
    add = parser.add_argument
    add("folder", help="folder that holds a folder of images per class")
    _add_output(parser, "new folder. Default: FOLDER-corrupted, here")
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
    _add_size(parser, "Default: the size of the first image")
    _add_resize(parser)
    add("--limit", type=positive, help="use at most this many images")
    add("--seed", type=int, default=0, help="seed of the random numbers")
    _add_printing(parser)


def _add_report(parser: Parser) -> None:
    parser.add_argument("file", help="report.json or comparison.json")
    parser.add_argument(
        "--output", help="folder for the files. Default: that of the file"
    )
    _add_printing(parser)


def _add_completion(parser: Parser) -> None:
    parser.add_argument("shell", choices=SHELLS, help="the shell")


def _add_data(parser: Parser, required: bool) -> None:
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
    _add_size(parser, "Default: the input size of the model")
    _add_resize(parser)
    add("--limit", type=positive, help="use at most this many images")
    add(
        "--bounds",
        nargs=2,
        type=float,
        metavar=("LOWER", "UPPER"),
        help="range of the inputs of the model; pixels are scaled to it. "
        "Default: what the first layers of the model expect (Rescaling, for "
        "example), otherwise the range in which it is most accurate",
    )


def _add_size(parser: Parser, default: str) -> None:
    parser.add_argument(
        "--image-size",
        nargs="+",
        type=positive,
        metavar="PIXELS",
        help="height and width to which images are resized, or one number for "
        f"both. {default}",
    )


def _add_resize(parser: Parser) -> None:
    parser.add_argument(
        "--resize",
        choices=WAYS,
        default="stretch",
        help="how images are resized: stretch, crop or pad, as "
        "image_dataset_from_directory does by default (bilinear without "
        "antialiasing), with crop_to_aspect_ratio or with pad_to_aspect_ratio; "
        "or antialias, by Pillow. Default: stretch",
    )


def _add_model(parser: Parser) -> None:
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
        type=positive,
        default=128,
        help="images per call of the model. Default: 128",
    )
    add(
        "--allow-chance",
        action="store_true",
        help="accept a model that is no better than chance",
    )


def _add_attacks(parser: Parser) -> None:
    add = parser.add_argument
    add(
        "--attacks",
        nargs="*",
        choices=ATTACKS,
        help="attacks to run; none if no name follows. Default: both",
    )
    add(
        "--norm",
        nargs="+",
        choices=NORMS,
        default=list(NORMS),
        help="norms of the attacks. Default: both",
    )
    add(
        "--eps",
        nargs="+",
        type=radius,
        help="one radius for each norm for images in 0..1, such as 8/255; it "
        "is scaled to other ranges. Default: 8/255 for linf, 0.5 for l2",
    )


def _add_measurements(parser: Parser) -> None:
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


def _add_bars(parser: Parser, more: str = "") -> None:
    parser.add_argument(
        "--fail-under",
        action="append",
        type=bar,
        default=[],
        metavar="BAR",
        help="end with exit code 2 if the accuracy is below a bar: "
        "clean=0.90, or norm:radius=accuracy such as linf:4/255=0.30, with "
        f"the radius for images in 0..1. May be repeated.{more}",
    )


def _add_output(parser: Parser, help: str) -> None:
    add = parser.add_argument
    add("--output", help=help)
    add(
        "--overwrite",
        action="store_true",
        help="write even if the folder holds the results of another command",
    )


def _add_printing(parser: Parser) -> None:
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


def positive(text: str) -> int:
    """A positive integer."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a positive integer. Received: {text!r}"
        )
    return int(text)


def radius(text: str) -> float:
    """A radius such as 0.5 or 8/255."""
    try:
        number = float(fractions.Fraction(text.strip()))
    except (OverflowError, ValueError, ZeroDivisionError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(
            "must be a finite number, at least 0, such as 0.5 or 8/255. "
            f"Received: {text!r}"
        )
    return number


def bar(text: str) -> tuple[str, float, float]:
    """A norm, a radius and an accuracy, from `linf:4/255=0.30`.

    The norm of `clean=0.90` is empty, and its radius 0.
    """
    ball, _, least = text.partition("=")
    norm, _, eps = ball.partition(":")
    try:
        accuracy = radius(least)
        if not 0 <= accuracy <= 1:
            raise ValueError
        if ball == "clean":
            return "", 0.0, accuracy
        if norm not in NORMS:
            raise ValueError
        return norm, radius(eps), accuracy
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise argparse.ArgumentTypeError(
            "must be clean=ACCURACY or NORM:RADIUS=ACCURACY, such as "
            "linf:4/255=0.30, with a norm among linf and l2 and an accuracy "
            f"from 0 to 1. Received: {text!r}"
        ) from error
