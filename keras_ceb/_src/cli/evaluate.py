"""`keras-ceb evaluate`."""

import argparse
import functools
import pathlib
import shlex
import sys
from collections.abc import Callable

import keras

from keras_ceb._src.cli.bars import exit_code
from keras_ceb._src.cli.bars import unmeasured
from keras_ceb._src.cli.inputs import Bounds
from keras_ceb._src.cli.inputs import Inputs
from keras_ceb._src.cli.inputs import load_inputs
from keras_ceb._src.cli.inputs import load_ood
from keras_ceb._src.cli.messages import complain
from keras_ceb._src.cli.messages import is_told
from keras_ceb._src.cli.messages import tell
from keras_ceb._src.cli.output import Output
from keras_ceb._src.cli.output import write_result
from keras_ceb._src.cli.saved_model import load_model
from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite
from keras_ceb._src.validation import increasing_pair
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import RobustnessReport
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Attack
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

ATTACKS: dict[str, Callable[[str, float], Attack]] = {
    "autoattack": functools.partial(AutoAttack, version="fast"),
    "autoattack-standard": AutoAttack,
    "pgd": PGD,
}
_DEFAULT = ("autoattack", "pgd")
# For images in 0..1.
RADII = {"linf": 8 / 255, "l2": 0.5}
_QUICK_IMAGES = 100
_QUICK = (
    "A first impression (`--quick`) on {number} images: {left_out} were left "
    "out, so the accuracy under attack may be far too high."
)


def run(options: argparse.Namespace) -> int:
    """Evaluates a model, writes the report and returns the exit code."""
    check_options(options)
    stem = pathlib.Path(options.model).stem
    results = ("report.json", "report.md", "report.html")
    files = (options.model, options.data)
    output = Output(options, f"{stem}-robustness", results, files)
    model = load(options, options.model)
    inputs = told_inputs(options, model)
    report = measure(
        options, model, inputs, options.model, output, make_attacks(options)
    )
    write_result(options, report, output.path, "report")
    return exit_code(report, options.fail_under)


def check_options(options: argparse.Namespace) -> None:
    """Checks options that the parser does not, and applies `--quick`."""
    if options.quick:
        options.limit = min(options.limit or _QUICK_IMAGES, _QUICK_IMAGES)
        options.no_audit = options.no_curves = True
        if options.attacks is None:
            options.attacks = ["pgd"]
    if options.attacks is None:
        options.attacks = list(_DEFAULT)
    if options.bounds is not None:
        options.bounds = increasing_pair(options.bounds, "bounds")
    if options.eps is not None:
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


def load(options: argparse.Namespace, path: str) -> keras.Model:
    """The model of a file."""
    model = load_model(path)
    tell(options, f"Model: {path}")
    return model


def told_inputs(options: argparse.Namespace, model: keras.Model) -> Inputs:
    """The images for a model, after saying how they are read."""
    inputs = load_inputs(options, model)
    tell(
        options,
        f"Data: {options.data}, inputs {inputs.range} ({inputs.reason})",
    )
    for note in inputs.notes:
        complain(f"warning: {note}")
    return inputs


def classifier_of(
    options: argparse.Namespace,
    model: keras.Model,
    bounds: Bounds,
    path: str,
    name: str | None = None,
) -> Classifier:
    """A `Classifier` that is named after the file of a model."""
    return Classifier(
        model,
        bounds,
        not options.probabilities,
        options.batch_size,
        name=name or pathlib.Path(path).stem,
        allow_chance=options.allow_chance,
    )


def make_attacks(options: argparse.Namespace) -> list[tuple[str, str, float]]:
    """Kind, norm and radius of each attack, those of the bars among them."""
    radii = options.eps or [RADII[norm] for norm in options.norm]
    balls = list(zip(options.norm, radii, strict=True))
    known = [*balls] if options.attacks else []
    if not options.no_curves:
        points = [Curve(norm).attacks((0.0, 1.0)) for norm in RADII]
        known += [(a.norm, a.eps) for growing in points for a in growing]
    more = unmeasured(options.fail_under, known)
    kinds = options.attacks or ["pgd"]
    return [
        *((kind, *ball) for ball in balls for kind in options.attacks),
        *((kind, *ball) for ball in more for kind in kinds),
    ]


def scaled(
    attacks: list[tuple[str, str, float]], bounds: Bounds
) -> list[Attack]:
    """Attacks on inputs in a range."""
    width = bounds[1] - bounds[0]
    made: list[Attack] = [
        ATTACKS[kind](norm, radius * width) for kind, norm, radius in attacks
    ]
    for attack in made:
        attack.check_fits(bounds)
    return made


def measure(
    options: argparse.Namespace,
    model: keras.Model,
    inputs: Inputs,
    path: str,
    output: Output,
    attacks: list[tuple[str, str, float]],
    name: str | None = None,
) -> RobustnessReport:
    """The report of a model."""
    made: list[Attack | Curve] = [*scaled(attacks, inputs.bounds)]
    if not options.no_curves:
        made += [Curve("linf"), Curve("l2")]
    ood = load_ood(options, model, inputs.bounds)
    classifier = classifier_of(options, model, inputs.bounds, path, name)
    report = evaluate_robustness(
        classifier,
        inputs.data,
        attacks=made,
        corruptions=_corruptions(options.corruptions),
        ood=ood,
        audit=not options.no_audit,
        checkpoint_dir=output.open() / "parts",
        verbose=int(is_told(options)),
    )
    if inputs.class_names is not None:
        report.class_names = inputs.class_names
    report.notes += inputs.notes
    report.run["command"] = shlex.join(["keras-ceb", *sys.argv[1:]])
    report.run["data"] = options.data
    if options.quick:
        left_out = ["the audit and the curves"]
        if set(options.attacks) <= {"pgd"}:
            left_out.insert(0, "AutoAttack")
        report.notes.append(
            _QUICK.format(
                number=report.clean["num_images"],
                left_out=", ".join(left_out),
            )
        )
    failed = getattr(inputs.data, "failed", [])
    if failed:
        report.notes.append(
            f"{len(failed)} files could not be read and were left out: "
            + ", ".join(failed)
        )
    return report


def _corruptions(names: list[str] | None) -> str | list[str] | None:
    if names is None or len(names) > 1:
        return names
    return names[0]
