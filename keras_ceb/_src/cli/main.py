"""The shell command `keras-ceb`."""

import argparse
import os
import pathlib
import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import TextIO

from keras_ceb._src.cli.inputs import load_inputs
from keras_ceb._src.cli.inputs import load_ood
from keras_ceb._src.cli.saved_model import load_model
from keras_ceb._src.data.readers.resizing import WAYS
from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import increasing_pair
from keras_ceb._src.validation import positive_integer
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import RobustnessReport
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

# Names in Python, and the options of the command that they stand for.
_OPTIONS = (
    (r"`?from_logits=False`?", "`--probabilities`"),
    (r"`?from_logits=True`?", "no `--probabilities`"),
    (r"`from_logits`", "`--probabilities`"),
    (r"`allow_chance=True`", "`--allow-chance`"),
    (r"`download=True`", "`--download`"),
    (r" to `Classifier`", ""),
    (r"`?bounds=\(([^,)]+), ([^)]+)\)`?", r"`--bounds \1 \2`"),
    (
        r"`(attacks|batch_size|bounds|corruptions|data|eps|limit|norm|ood)`",
        lambda match: f"`--{match[1].replace('_', '-')}`",
    ),
)
_ATTACKS = {"autoattack": AutoAttack, "pgd": PGD}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-ceb` and returns its exit code."""
    options = _parser().parse_args(arguments)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            evaluate(options)
        except KeyboardInterrupt:
            _complain("interrupted; run the same command again to resume")
            return 1
        # Every error ends in one line, whatever raised it.
        except Exception as error:
            if options.debug:
                traceback.print_exc()
            text = str(error)
            if not isinstance(
                error, (OSError, TypeError, ValueError, ImportError)
            ):
                text = f"{type(error).__name__}: {text} (see `--debug`)"
            _complain(text)
            return 1
    return 0


def _complain(text: str) -> None:
    """Prints a message in one line, with options in place of arguments."""
    for pattern, option in _OPTIONS:
        text = re.sub(pattern, option, text)
    print("keras-ceb:", " ".join(text.split()), file=sys.stderr)


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    _complain(f"warning: {message}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="keras-ceb", description="Robustness of Keras classifiers."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser(
        "evaluate",
        help="measure the robustness of a saved model",
        description="Measures the robustness of a saved Keras classifier and "
        "writes report.html and report.json. Run again after an interruption, "
        "it resumes.",
    )
    add = command.add_argument
    add("model", help="model file (.keras) that returns logits")
    _add_data_options(command)
    _add_attack_options(command)
    add("--output", default="robustness", help="folder for the results")
    add("--batch-size", type=int, default=128)
    add(
        "--probabilities",
        action="store_true",
        help="the model returns probabilities",
    )
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
        "--allow-chance",
        action="store_true",
        help="evaluate a model that is no better than chance",
    )
    add("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _add_data_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--data",
        required=True,
        help="an .npz file with arrays x and y, a folder with one folder of "
        "images per class (read as Keras's image_dataset_from_directory "
        "does), or a name of TensorFlow Datasets",
    )
    add("--split", default="test", help="split of a TensorFlow data set")
    add(
        "--download",
        action="store_true",
        help="download a TensorFlow data set that is not prepared",
    )
    add(
        "--resize",
        choices=WAYS,
        default="stretch",
        help="how images are resized for the model: stretch, crop or pad, as "
        "image_dataset_from_directory does by default (bilinear without "
        "antialiasing), with crop_to_aspect_ratio or with pad_to_aspect_ratio; "
        "or antialias, by Pillow. Default: stretch",
    )
    add("--limit", type=int, help="use at most this many images")
    add(
        "--bounds",
        nargs=2,
        type=float,
        metavar=("LOWER", "UPPER"),
        help="range of the inputs of the model; pixels are scaled to it. "
        "Default: what the first layers of the model expect (Rescaling, for "
        "example), otherwise the range in which it is most accurate",
    )


def _add_attack_options(command: argparse.ArgumentParser) -> None:
    add = command.add_argument
    add(
        "--attacks",
        nargs="*",
        choices=sorted(_ATTACKS),
        default=["autoattack", "pgd"],
        help="attacks to run; none if no name follows. Default: both",
    )
    add(
        "--norm",
        nargs="+",
        choices=["linf", "l2"],
        default=["linf", "l2"],
        help="norms of the attacks",
    )
    add(
        "--eps",
        nargs="+",
        type=float,
        help="one radius for each norm, in the units of the input. Default: "
        "8/255 and 0.5 of the range",
    )


def evaluate(options: argparse.Namespace) -> RobustnessReport:
    """Runs `keras-ceb evaluate` and writes its files."""
    output = _checked(options)
    model = load_model(options.model)
    print(f"Model: {options.model}", flush=True)
    inputs = load_inputs(options, model)
    attacks: list[Attack | Curve] = [*_attacks(options, inputs.bounds)]
    if not options.no_curves:
        attacks += [Curve("linf"), Curve("l2")]
    print(f"Data: {options.data}, inputs {inputs.range} ({inputs.reason})")
    for note in inputs.notes:
        _complain(f"warning: {note}")
    ood = load_ood(options, model, inputs.bounds)
    output.mkdir(parents=True, exist_ok=True)
    classifier = Classifier(
        model,
        inputs.bounds,
        not options.probabilities,
        options.batch_size,
        name=pathlib.Path(options.model).stem,
        allow_chance=options.allow_chance,
    )
    report = evaluate_robustness(
        classifier,
        inputs.data,
        attacks=attacks,
        corruptions=_corruptions(options.corruptions),
        ood=ood,
        audit=not options.no_audit,
        checkpoint_dir=output / "parts",
    )
    report.notes += inputs.notes
    failed = getattr(inputs.data, "failed", [])
    if failed:
        report.notes.append(
            f"{len(failed)} files could not be read and were left out: "
            + ", ".join(failed)
        )
    report.to_json(output / "report.json")
    report.to_markdown(output / "report.md")
    try:
        report.to_html(output / "report.html")
    except ImportError as error:
        print(f"keras-ceb: no report.html. {error}", file=sys.stderr)
    print(report)
    print(f"Written to {output}")
    return report


def _checked(options: argparse.Namespace) -> pathlib.Path:
    """The folder for the results, after all options are checked."""
    positive_integer(options.batch_size, "--batch-size")
    if options.limit is not None:
        positive_integer(options.limit, "--limit")
    if options.bounds is not None:
        options.bounds = increasing_pair(options.bounds, "bounds")
    if options.eps is not None:
        for eps in options.eps:
            finite_number(eps, "--eps", minimum=0)
        if not options.attacks:
            raise ValueError(
                "`--eps` must be used with `--attacks`, whose radii it sets. "
                f"Received: {options.eps} without attacks"
            )
        if len(options.eps) != len(options.norm):
            raise ValueError(
                "`--eps` must give one radius for each norm. Received: "
                f"{len(options.eps)} radii for {len(options.norm)} norms"
            )
    if options.corruptions is not None:
        make_suite(_corruptions(options.corruptions))
    output = pathlib.Path(options.output)
    there = next(p for p in (output, *output.absolute().parents) if p.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise ValueError(
            "`--output` must be a folder that can be written to. Received: "
            f"{options.output!r}"
        )
    return output


def _attacks(
    options: argparse.Namespace, bounds: tuple[float, float]
) -> list[Attack]:
    width = bounds[1] - bounds[0]
    radii = options.eps
    if radii is None:
        radii = [{"linf": 8 / 255, "l2": 0.5}[n] * width for n in options.norm]
    attacks = [
        _ATTACKS[name](norm, eps)
        for norm, eps in zip(options.norm, radii, strict=True)
        for name in options.attacks
    ]
    for attack in attacks:
        attack.check_fits(bounds)
    return attacks


def _corruptions(names: list[str] | None) -> str | list[str] | None:
    if names is None or len(names) > 1:
        return names
    return names[0]


if __name__ == "__main__":
    sys.exit(main())
