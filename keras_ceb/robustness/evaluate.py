"""One call from a model and its data to a verdict."""

import hashlib
import json
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb.robustness import chance
from keras_ceb.robustness import checks
from keras_ceb.robustness import data as data_lib
from keras_ceb.robustness import input_range
from keras_ceb.robustness import metrics
from keras_ceb.robustness import probes
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks.attack import Attack
from keras_ceb.robustness.attacks.attack import prepare
from keras_ceb.robustness.audit import audit as run_audit
from keras_ceb.robustness.classifier import Classifier
from keras_ceb.robustness.float_inputs import float_inputs
from keras_ceb.robustness.repeatable import repeatable
from keras_ceb.robustness.report import RobustnessReport
from keras_ceb.robustness.robust_accuracy import RobustAccuracy
from keras_ceb.robustness.robust_accuracy import robust_accuracy

# Radii of the accuracy curves, for inputs in 0..1.
_RADII = {
    "linf": tuple(n / 255 for n in (1, 2, 4, 8, 16)),
    "l2": (0.125, 0.25, 0.5, 1.0, 2.0),
}


def evaluate_robustness(
    model: keras.Model,
    data: Any,
    *,
    attacks: Sequence[Attack] | None = None,
    eps: Mapping[str, Sequence[float]] | None = None,
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
        attacks: Attacks to run, each in its own ball. By default AutoAttack
            and PGD, L-infinity with 8/255 and L2 with 0.5 of the range.
        eps: Radii, by norm, of the curves of accuracy under PGD-20.
            `{}` draws none.
        corruptions: Common corruptions to measure, see
            `keras_ceb.robustness.corruptions`.
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
        TypeError: If `data` is of no form that can be read several times.
        ValueError: If `data` cannot be used or differs between two passes, if
            the outputs of `model` prove that `from_logits` is wrong, if it
            casts its inputs to integers, so that no gradient reaches them, or
            if it does no better than chance without attack; before the first
            attack.

    Example:

    ```python
    report = evaluate_robustness(model, (x_test, y_test))
    report.to_html("report.html")
    ```
    """
    bounds = checks.check_bounds(bounds)
    data_lib.check(data, bounds)
    data = repeatable(data)
    if attacks is None:
        attacks = default_attacks(bounds)
    width = bounds[1] - bounds[0]
    if eps is None:
        eps = {norm: [r * width for r in _RADII[norm]] for norm in _RADII}
    classifier = Classifier(model, from_logits)
    input_range.warn_of_contradiction(model, bounds)
    clean, answers = _clean(classifier, data, bounds, batch_size)
    if verbose:
        print(f"Without attack: {answers}", flush=True)
    if not allow_chance:
        chance.check_chance(answers, model, bounds)
    folder = pathlib.Path(checkpoint_dir) if checkpoint_dir else None
    marks = clean["fingerprint"] + (_weights_digest(model) if folder else "")

    def measure(attack: Attack, examples: int = 0) -> RobustAccuracy:
        if verbose:
            print(f"{attack.name}, {attack.norm}, eps {attack.eps:.4g}")
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

    results = [
        measure(attack, num_examples if i == 0 else 0)
        for i, attack in enumerate(attacks)
    ]
    curves = {
        norm: [measure(PGD(norm, e, bounds=bounds)) for e in sorted(radii)]
        for norm, radii in eps.items()
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
    if corruptions is not None:
        # Imported when it is first asked for: no attack needs it.
        from keras_ceb.robustness import corruptions as room

        corrupted = room.evaluate_corruptions(
            model,
            data,
            corruptions,
            bounds=bounds,
            from_logits=from_logits,
            batch_size=batch_size,
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


def default_attacks(bounds: tuple[float, float]) -> list[Attack]:
    """AutoAttack and PGD in the balls by which CIFAR-10 models are compared."""
    width = bounds[1] - bounds[0]
    return [
        kind(norm, radius * width, bounds=bounds)
        for norm, radius in (("linf", 8 / 255), ("l2", 0.5))
        for kind in (AutoAttack, PGD)
    ]


def _clean(
    classifier: Classifier,
    data: Any,
    bounds: tuple[float, float],
    batch_size: int,
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
    folder.mkdir(parents=True, exist_ok=True)
    settings = json.dumps(attack.get_config(), sort_keys=True, default=str)
    key = hashlib.sha256((settings + marks).encode()).hexdigest()
    return folder / f"{key[:16]}.npz"
