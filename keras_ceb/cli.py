"""The shell command `keras-ceb`."""

import argparse
import pathlib
import sys
from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb.robustness import RobustnessReport
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import sources
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack
from keras_ceb.robustness.attacks import AutoAttack

_ATTACKS = {"autoattack": AutoAttack, "pgd": PGD}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs `keras-ceb` and returns its exit code."""
    options = _parser().parse_args(arguments)
    try:
        evaluate(options)
    except (OSError, TypeError, ValueError, ImportError) as error:
        print(f"keras-ceb: {error}", file=sys.stderr)
        return 1
    return 0


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
        "it goes on where it was.",
    )
    add = command.add_argument
    add("model", help="model file (.keras) that returns logits")
    add(
        "--data",
        required=True,
        help="an .npz file with arrays x and y, a folder with one folder of "
        "images for each class, or a name of TensorFlow Datasets",
    )
    add("--split", default="test", help="split of a TensorFlow data set")
    add("--limit", type=int, help="take at most so many images")
    add("--output", default="robustness", help="folder for the results")
    add(
        "--attacks",
        nargs="*",
        choices=sorted(_ATTACKS),
        default=["autoattack", "pgd"],
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
        help="one radius for each norm, in the units of the input; by default "
        "8/255 and 0.5 of the range",
    )
    add(
        "--bounds",
        nargs=2,
        type=float,
        default=(0.0, 1.0),
        metavar=("LOWER", "UPPER"),
        help="range of the inputs of the model; pixels are scaled to it",
    )
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
    return parser


def evaluate(options: argparse.Namespace) -> RobustnessReport:
    """Runs `keras-ceb evaluate` and writes its files."""
    model = load_model(options.model)
    bounds = tuple(options.bounds)
    data = load_data(options, model, bounds)
    output = pathlib.Path(options.output)
    output.mkdir(parents=True, exist_ok=True)
    report = evaluate_robustness(
        model,
        data,
        attacks=_attacks(options, bounds),
        eps={} if options.no_curves else None,
        corruptions=_corruptions(options.corruptions),
        audit=not options.no_audit,
        bounds=bounds,
        from_logits=not options.probabilities,
        batch_size=options.batch_size,
        name=pathlib.Path(options.model).stem,
        checkpoint_dir=output / "parts",
    )
    failed = getattr(data, "failed", [])
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


def load_model(path: str) -> keras.Model:
    """A saved model, loaded without running code that the file brings."""
    if not pathlib.Path(path).exists():
        raise ValueError(f"No such model file. Received: {path!r}")
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:
        if "safe_mode" in str(error) or "unsafe" in str(error).lower():
            raise ValueError(
                f"{path!r} holds code (a Lambda layer, for example) that "
                "loading would execute, which `keras-ceb` does not do. If you "
                "trust the file, load it yourself in Python and call "
                "`keras_ceb.evaluate_robustness`."
            ) from error
        raise ValueError(f"{path!r} cannot be loaded: {error}") from error


def load_data(options: Any, model: keras.Model, bounds: Any) -> Any:
    """The data set that `--data` names."""
    path = pathlib.Path(options.data)
    if path.suffix == ".npz":
        x, y = sources.load_npz(path, bounds)
        return x[: options.limit], y[: options.limit]
    size, channels = _input_size(model)
    if path.is_dir():
        if size is None:
            raise ValueError(
                "The model must have a fixed input size, to which the images "
                f"of a folder are resized. Received: {model.name!r}"
            )
        return sources.ImageFolder(
            path, size, channels, bounds, options.batch_size, options.limit
        )
    return sources.TfdsImages(
        options.data,
        options.split,
        size,
        bounds,
        options.batch_size,
        options.limit,
    )


def _input_size(model: keras.Model) -> tuple[tuple[int, int] | None, int]:
    """Height and width of the images of a model, and their channels."""
    backbone = getattr(model, "backbone", None)
    shape = getattr(
        model, "input_shape", getattr(backbone, "input_shape", None)
    )
    if shape is None or len(shape) != 4:
        return None, 3
    first = keras.config.image_data_format() == "channels_first"
    size = shape[2:] if first else shape[1:3]
    channels = shape[1] if first else shape[3]
    return (None if None in size else tuple(size)), channels or 3


def _attacks(options: Any, bounds: Any) -> list[Attack]:
    width = bounds[1] - bounds[0]
    radii = options.eps
    if radii is None:
        radii = [{"linf": 8 / 255, "l2": 0.5}[n] * width for n in options.norm]
    if len(radii) != len(options.norm):
        raise ValueError(
            "`--eps` must give one radius for each norm. Received: "
            f"{len(radii)} radii for {len(options.norm)} norms"
        )
    return [
        _ATTACKS[name](norm, eps, bounds=bounds)
        for norm, eps in zip(options.norm, radii, strict=True)
        for name in options.attacks
    ]


def _corruptions(names: list[str] | None) -> Any:
    if names is None or len(names) > 1:
        return names
    return names[0]


if __name__ == "__main__":
    sys.exit(main())
