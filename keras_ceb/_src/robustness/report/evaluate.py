"""One call from a model and its data to a verdict."""

import hashlib
import json
import pathlib
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import chance
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import input_range
from keras_ceb._src.robustness import metrics
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.attack import prepare
from keras_ceb._src.robustness.attacks.autoattack import AutoAttack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.audit import probes
from keras_ceb._src.robustness.audit.audit import audit as run_audit
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.float_inputs import float_inputs
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.robustness.repeatable import repeatable
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.robust_accuracy import RobustAccuracy
from keras_ceb._src.robustness.robust_accuracy import robust_accuracy
from keras_ceb._src.saving.paths import folder_to_write
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

# Radii of the accuracy curves, for inputs in 0..1.
_RADII = {
    "linf": tuple(n / 255 for n in (1, 2, 4, 8, 16)),
    "l2": (0.125, 0.25, 0.5, 1.0, 2.0),
}


def evaluate_robustness(
    model: keras.Model,
    data: Any,
    *,
    attacks: Attack | Sequence[Attack] | None = None,
    eps: Mapping[str, float | Sequence[float]] | None = None,
    corruptions: Any = None,
    audit: bool = True,
    bounds: tuple[float, float] = (0.0, 1.0),
    from_logits: bool = True,
    batch_size: int = 128,
    num_examples: int = 6,
    name: str | None = None,
    checkpoint_dir: str | pathlib.Path | None = None,
    verbose: int = 1,
    allow_chance: bool = False,
) -> RobustnessReport:
    """Measures how robust a classifier is, and whether the figures deserve it.

    Args:
        model: Keras model that maps images to logits: `[batch, num_classes]`,
            or `[batch, 1]` for two classes. One whose `Input` is of an integer
            dtype is measured as if it took floats. If it has a method
            `residual_information(x, y)`, which returns nats per example, and
            its `has_bottleneck` is not false, the report compares right and
            wrong answers.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches that
            can be read several times: `tf.data.Dataset`,
            `keras.utils.PyDataset`. Each pass must give the same images in
            the same order: build it with `shuffle=False`.
        attacks: Attack or attacks to run, each in its own ball and with the
            `bounds` of this call, no two of them alike. By default AutoAttack
            and PGD, L-infinity with 8/255 and L2 with 0.5 of the range; `[]`
            runs none.
        eps: Radius or radii, by norm, of the curves of accuracy under PGD-20,
            in the units of the input. `{}` draws none.
        corruptions: Common corruptions to measure, see
            `keras_ceb.robustness.corruptions`. `None` or `False` measures
            none.
        audit: Whether to look for masked gradients.
        bounds: Pair of numbers, the range of the input.
        from_logits: Whether `model` returns logits.
        batch_size: How many images the model sees at a time.
        num_examples: How many fooled images to show.
        name: A name for the model in the report.
        checkpoint_dir: Folder for results so far. A call that was interrupted
            goes on from there, and ends with the same figures.
        verbose: 1 shows progress, 0 does not.
        allow_chance: Whether to attack a model that is right no more often
            than a guess, or answers one class for all images. By default
            that is an error, as it is rarely the model's fault.

    Returns:
        `RobustnessReport`.

    Raises:
        TypeError: If an argument is of the wrong type, or `data` of no form
            that can be read several times.
        ValueError: If an argument is not possible, an attack or a corruption
            is no match for `model` or `data`, the outputs of `model` prove
            that `from_logits` is wrong, no gradient reaches its inputs, or it
            does no better than chance without attack. All of this is found
            before the first attack, and as far as possible before the first
            image is read. Later, if `data` differs between two passes.

    Example:

    ```python
    report = evaluate_robustness(model, (x_test, y_test))
    report.to_html("report.html")
    ```
    """
    bounds = checks.check_bounds(bounds)
    attacks = _check_attacks(attacks, bounds)
    curve_attacks = {
        norm: [PGD(norm, radius, bounds=bounds) for radius in radii]
        for norm, radii in _check_radii(eps, bounds).items()
    }
    if boolean(audit, "audit") and attacks and attacks[0].eps == 0:
        raise ValueError(
            "`audit` looks at the ball of the first attack, whose `eps` must "
            "be larger than 0. Pass `audit=False` or another first attack. "
            f"Received: attacks[0].eps={attacks[0].eps}"
        )
    boolean(from_logits, "from_logits")
    boolean(allow_chance, "allow_chance")
    batch_size = positive_integer(batch_size, "batch_size")
    num_examples = positive_integer(num_examples, "num_examples", minimum=0)
    name = arguments.check_name(name)
    suite = _check_corruptions(corruptions)
    folder = None
    if checkpoint_dir is not None:
        folder = folder_to_write(checkpoint_dir, "checkpoint_dir")

    def check_fits(num_classes: int | None, shape: tuple | None) -> None:
        """Every part of what will run, before the first one does."""
        for attack in (*attacks, *sum(curve_attacks.values(), [])):
            attack.check_fits(num_classes, shape)
        if suite is not None and shape is not None:
            suite.check_fits(shape)

    classifier = ModelFunction(model, from_logits)
    shape = arguments.known_shape(model, data)
    check_fits(arguments.known_classes(model, shape), shape)
    data_lib.check(data, bounds)
    input_range.warn_of_contradiction(model, bounds)
    data = repeatable(data)
    clean, answers = _clean(classifier, data, bounds, batch_size, check_fits)
    if verbose:
        print(f"Without attack: {answers}", flush=True)
    if not allow_chance:
        chance.check_chance(answers, model, bounds)
    marks = clean["fingerprint"] + (_weights_digest(model) if folder else "")

    def measure(
        attack: Attack, label: str | None = None, examples: int = 0
    ) -> RobustAccuracy:
        if verbose:
            label = label or attack.name
            print(f"{label}, {attack.norm}, eps {attack.eps:.4g}")
        return robust_accuracy(
            model,
            data,
            attack,
            batch_size=batch_size,
            from_logits=from_logits,
            num_examples=examples,
            verbose=verbose,
            checkpoint=_checkpoint(folder, attack, marks),
        )

    labels = distinct_names([attack.get_config() for attack in attacks])
    results = [
        measure(attack, labels[i], num_examples if i == 0 else 0)
        for i, attack in enumerate(attacks)
    ]
    curves = {
        norm: [measure(attack) for attack in growing]
        for norm, growing in curve_attacks.items()
    }
    audited = None
    if audit:
        first = attacks[0] if attacks else default_attacks(bounds)[0]
        audited = run_audit(
            model,
            data,
            norm=first.norm,
            eps=first.eps,
            bounds=bounds,
            batch_size=batch_size,
            from_logits=from_logits,
        )
    corrupted = None
    if suite is not None:
        from keras_ceb._src.robustness.corruptions.benchmark.evaluate import (
            evaluate_corruptions,
        )

        corrupted = evaluate_corruptions(
            Classifier(
                model,
                bounds,
                from_logits,
                batch_size,
                allow_chance=allow_chance,
            ),
            data,
            suite,
            verbose=verbose,
        )
    return RobustnessReport(
        name=name or model.name,
        clean=clean,
        attacks=results,
        curves=curves,
        audit=audited,
        corruptions=corrupted,
        class_names=_class_names(data),
    )


def _check_attacks(attacks: Any, bounds: tuple[float, float]) -> list[Attack]:
    if attacks is None:
        return default_attacks(bounds)
    return check_attacks(attacks, bounds=bounds)


def _check_radii(
    eps: Any, bounds: tuple[float, float]
) -> dict[str, list[float]]:
    if eps is None:
        width = bounds[1] - bounds[0]
        eps = {norm: [r * width for r in _RADII[norm]] for norm in _RADII}
    return arguments.check_radii(eps, bounds)


def _check_corruptions(corruptions: Any) -> Any:
    """A `CorruptionSuite` whose reference and textures are there, or `None`."""
    if corruptions is None or corruptions is False:
        return None
    # Imported when it is first asked for: no attack needs it.
    from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite

    suite = make_suite(corruptions)
    suite.check()
    return suite


def default_attacks(bounds: tuple[float, float]) -> list[Attack]:
    """AutoAttack and PGD in the balls by which CIFAR-10 models are compared."""
    width = bounds[1] - bounds[0]
    return [
        kind(norm, radius * width, bounds=bounds)
        for norm, radius in (("linf", 8 / 255), ("l2", 0.5))
        for kind in (AutoAttack, PGD)
    ]


def _clean(
    classifier: ModelFunction,
    data: Any,
    bounds: tuple[float, float],
    batch_size: int,
    check_fits: Callable[[int, tuple[int, ...]], None],
) -> tuple[dict[str, Any], chance.Answers]:
    """Accuracy, calibration and residual information without attack.

    Returns:
        The figures of the report, and the answers that they are from.
    """
    calibration = metrics.CalibrationError()
    digest = hashlib.sha256()
    predicted: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    span = (np.inf, -np.inf)
    num_classes = 0
    nll: list[np.ndarray] = []
    brier: list[np.ndarray] = []
    information: list[np.ndarray] = []
    measure = None
    # The deterministic baseline has the method and no finite information.
    if getattr(classifier.model, "has_bottleneck", True):
        measure = getattr(classifier.model, "residual_information", None)
    for x, y in data_lib.batches(data, batch_size):
        index = len(labels) * batch_size + np.arange(len(x))
        batch, num_classes = prepare(
            classifier, x, y, bounds, index, names=data_lib.NAMES
        )
        if not labels:
            data_lib.check_labels(data, num_classes)
            check_fits(num_classes, batch["x"].shape[1:])
        x, y = batch["x"], batch["y"]
        digest.update(x.tobytes() + y.tobytes())
        n = len(y)
        # A short batch repeats its last image, so as not to compile again.
        take = np.minimum(np.arange(batch_size), n - 1)
        logits = probes.logits_of(classifier, x[take])[:n]
        checks.check_logits(logits, index)
        predicted.append(logits.argmax(axis=1))
        labels.append(y)
        span = min(span[0], float(x.min())), max(span[1], float(x.max()))
        nll.append(metrics.negative_log_likelihood(logits, y))
        brier.append(metrics.brier_score(logits, y))
        calibration.update(logits, y)
        if callable(measure):
            with float_inputs(classifier.model):
                nats = measure(x[take], y[take])
            information.append(ops.convert_to_numpy(nats)[:n])
    answers = chance.Answers(
        np.concatenate(predicted), np.concatenate(labels), num_classes, span
    )
    correct = answers.right
    result: dict[str, Any] = {
        "num_images": len(correct),
        "accuracy": float(correct.mean()),
        "nll": float(np.concatenate(nll).mean()),
        "brier": float(np.concatenate(brier).mean()),
        "ece": calibration.result(),
        "fingerprint": digest.hexdigest(),
        "residual_information": None,
    }
    if information:
        nats = np.concatenate(information)
        result["residual_information"] = {
            "right": float(nats[correct].mean()) if correct.any() else None,
            "wrong": float(nats[~correct].mean())
            if not correct.all()
            else None,
        }
    return result, answers


def _class_names(data: Any) -> list[str] | None:
    names = getattr(data, "class_names", None)
    return None if names is None else [str(name) for name in names]


def _weights_digest(model: keras.Model) -> str:
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


def _checkpoint(
    folder: pathlib.Path | None, attack: Attack, marks: str
) -> pathlib.Path | None:
    """The file of an attack on this model and these images."""
    if folder is None:
        return None
    settings = json.dumps(attack.get_config(), sort_keys=True, default=str)
    key = hashlib.sha256((settings + marks).encode()).hexdigest()
    return folder / f"{key[:16]}.npz"
