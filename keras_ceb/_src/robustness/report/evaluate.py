"""`evaluate_robustness`, which measures the robustness of a model."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import chance
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.autoattack import AutoAttack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.audit.audit import audit as run_audit
from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.repeatable import repeatable
from keras_ceb._src.robustness.report.clean import measure_clean
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.robustness.robust_accuracy import measure
from keras_ceb._src.robustness.robust_accuracy_curve import measure_curve
from keras_ceb._src.saving.paths import folder_to_write
from keras_ceb._src.validation import boolean

if TYPE_CHECKING:
    from keras_ceb._src.robustness.corruptions.benchmark import (
        corruption_report,
    )
    from keras_ceb._src.robustness.corruptions.benchmark.suite import (
        CorruptionSuite,
    )

# Radii of the accuracy curves, for inputs in 0..1.
_RADII = {
    "linf": tuple(n / 255 for n in (1, 2, 4, 8, 16)),
    "l2": (0.125, 0.25, 0.5, 1.0, 2.0),
}
# How many adversarial examples a report shows.
_NUM_EXAMPLES = 6


def evaluate_robustness(
    model: keras.Model | Classifier,
    data: Any,
    *,
    attacks: Attack | Sequence[Attack] | None = None,
    eps: Mapping[str, float | Sequence[float]] | None = None,
    corruptions: Any = None,
    audit: bool = True,
    checkpoint_dir: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> RobustnessReport:
    """Measures the robustness of a classifier, and audits the figures.

    Args:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1. If the model has a method `residual_information(x, y)`,
            which returns nats per example, and its `has_bottleneck` is not
            false, the report compares right and wrong answers.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches that
            can be read several times: `tf.data.Dataset`,
            `keras.utils.PyDataset`, a PyTorch `DataLoader`. Each pass must
            give the same images in the same order: build it with
            `shuffle=False`.
        attacks: Attack or different attacks to run, each in its own ball. By
            default AutoAttack and PGD, L-infinity with 8/255 and L2 with 0.5
            of the range; `[]` runs none.
        eps: Radius or radii, by norm, of the curves of accuracy under PGD-20,
            in the units of the classifier's range. By default five radii per
            norm, up to 16/255 and 2.0 of the range; `{}` draws no curve.
        corruptions: Common corruptions to measure, see
            `keras_ceb.robustness.corruptions`. `None` or `False` measures
            none.
        audit: Whether to look for masked gradients, in the ball of the first
            attack.
        checkpoint_dir: Folder for intermediate results, from which the next
            call resumes after an interruption, with the same figures.
        verbose: 1 shows progress, 0 does not.

    Returns:
        `RobustnessReport`.

    Raises:
        TypeError: If an argument is of the wrong type, or `data` cannot be
            read several times.
        ValueError: If an argument is invalid, an attack or a corruption does
            not fit `model` or `data`, the outputs of `model` prove that
            `from_logits` is wrong, no gradient reaches its inputs, or it does
            no better than chance without attack and the `Classifier` does not
            allow that. All of this is checked before the first attack, and
            where possible before the first image is read. Later, if `data`
            differs between two passes.

    Example:

    ```python
    report = evaluate_robustness(model, (x_test, y_test))
    report.to_html("report.html")
    ```
    """
    classifier = as_classifier(model)
    plan = _make_plan(classifier, attacks, eps, corruptions, audit)
    folder = None
    if checkpoint_dir is not None:
        folder = folder_to_write(checkpoint_dir, "checkpoint_dir")
    plan.check_before_reading(classifier, data)
    class_names = _class_names(data)
    data = repeatable(data)
    clean = measure_clean(classifier, data, plan.check_fits(classifier))
    if verbose:
        print(f"Without attack: {clean.answers}", flush=True)
    if not classifier.allow_chance:
        chance.check_chance(clean.answers, classifier.model, classifier.bounds)
    marks = clean.figures["fingerprint"]
    if folder is not None:
        marks += _weights_digest(classifier.model)
    right = clean.answers.right
    runs = (classifier, data, plan, right, folder, marks, verbose)
    return RobustnessReport(
        name=classifier.name,
        clean=clean.figures,
        attacks=_run_attacks(*runs),
        curves=_run_curves(*runs),
        audit=_run_audit(classifier, data, plan),
        corruptions=_run_corruptions(classifier, data, plan, verbose),
        class_names=class_names,
    )


@dataclasses.dataclass
class _Plan:
    """What an evaluation runs.

    Attributes:
        attacks: The attacks of the tables.
        curves: By norm, the attacks with increasing radii.
        suite: `CorruptionSuite`, or `None`.
        audited: An attack in the ball of the audit, or `None` for no audit.
    """

    attacks: list[Attack]
    curves: dict[str, list[Attack]]
    suite: "CorruptionSuite | None"
    audited: Attack | None

    @property
    def all_attacks(self) -> list[Attack]:
        return [*self.attacks, *sum(self.curves.values(), [])]

    def check_before_reading(self, classifier: Classifier, data: Any) -> None:
        """Raises an error if a part does not fit, as far as is known."""
        shape = arguments.known_shape(classifier.model, data)
        if self.suite is not None and shape is not None:
            self.suite.check_fits(shape)
        check_before_reading(classifier, data, self.all_attacks)

    def check_fits(
        self, classifier: Classifier
    ) -> Callable[[int, tuple[int, ...]], None]:
        """A check of the parts by the number of classes and the shape."""

        def check(num_classes: int, shape: tuple[int, ...]) -> None:
            for attack in self.all_attacks:
                attack.check_fits(classifier.bounds, num_classes, shape)
            if self.suite is not None:
                self.suite.check_fits(shape)

        return check


def _make_plan(
    classifier: Classifier, attacks: Any, eps: Any, corruptions: Any, audit: Any
) -> _Plan:
    """The arguments of `evaluate_robustness`, checked."""
    bounds = classifier.bounds
    if attacks is None:
        attacks = default_attacks(bounds)
    attacks = check_attacks(attacks)
    if eps is None:
        width = bounds[1] - bounds[0]
        eps = {norm: [r * width for r in _RADII[norm]] for norm in _RADII}
    curves: dict[str, list[Attack]] = {
        norm: [PGD(norm, radius) for radius in radii]
        for norm, radii in arguments.check_radii(eps, bounds).items()
    }
    audited = None
    if boolean(audit, "audit"):
        audited = (attacks or default_attacks(bounds))[0]
        if audited.eps == 0:
            raise ValueError(
                "`audit` must be False if the `eps` of the first attack, whose "
                "ball is audited, is not larger than 0. Received: audit=True, "
                f"attacks[0].eps={audited.eps}"
            )
    return _Plan(attacks, curves, _check_corruptions(corruptions), audited)


def _check_corruptions(corruptions: Any) -> "CorruptionSuite | None":
    """A `CorruptionSuite` whose files have been checked, or `None`."""
    if corruptions is None or corruptions is False:
        return None
    # Imported only if needed: no attack needs it.
    from keras_ceb._src.robustness.corruptions.benchmark.suite import make_suite

    suite = make_suite(corruptions)
    suite.check()
    return suite


def default_attacks(bounds: tuple[float, float]) -> list[Attack]:
    """AutoAttack and PGD in the balls by which CIFAR-10 models are compared."""
    width = bounds[1] - bounds[0]
    return [
        kind(norm, radius * width)
        for norm, radius in (("linf", 8 / 255), ("l2", 0.5))
        for kind in (AutoAttack, PGD)
    ]


def _run_attacks(
    classifier: Classifier,
    data: Any,
    plan: _Plan,
    right: np.ndarray,
    folder: pathlib.Path | None,
    marks: str,
    verbose: int,
) -> list[RobustAccuracy]:
    """The results of the attacks of the tables, in their order."""
    labels = distinct_names([attack.describe() for attack in plan.attacks])
    results: list[RobustAccuracy] = []
    for attack, label in zip(plan.attacks, labels, strict=True):
        if verbose:
            print(f"{label}, {attack.norm}, eps {attack.eps:.4g}")
        record = {**attack.describe(), "bounds": classifier.bounds}
        path = _checkpoint(folder, record, marks)
        examples = 0 if results else _NUM_EXAMPLES
        found = Findings(record, examples, known=path is not None)
        results.append(
            measure(classifier, data, attack, found, path, verbose, right)
        )
    return results


def _run_curves(
    classifier: Classifier,
    data: Any,
    plan: _Plan,
    right: np.ndarray,
    folder: pathlib.Path | None,
    marks: str,
    verbose: int,
) -> dict[str, list[RobustAccuracy]]:
    """The results of the attacks with increasing radii, by norm."""
    curves: dict[str, list[RobustAccuracy]] = {}
    for norm, growing in plan.curves.items():
        if not growing:
            curves[norm] = []
            continue
        radii = [attack.eps for attack in growing]
        if verbose:
            shown = ", ".join(f"{radius:.4g}" for radius in radii)
            print(f"{growing[0].name}, {norm}, eps {shown}")
        records = [
            {**attack.describe(), "bounds": classifier.bounds}
            for attack in growing
        ]
        found = [Findings(r, known=folder is not None) for r in records]
        # What falls at a smaller radius is not attacked at a larger one.
        paths = [
            path
            for record in records
            if (path := _checkpoint(folder, record, f"{marks}{radii}"))
        ]
        curves[norm] = measure_curve(
            classifier, data, growing, found, paths, verbose, right
        )
    return curves


def _run_audit(
    classifier: Classifier, data: Any, plan: _Plan
) -> AuditReport | None:
    if plan.audited is None:
        return None
    norm, eps = plan.audited.norm, plan.audited.eps
    return run_audit(classifier, data, norm=norm, eps=eps)


def _run_corruptions(
    classifier: Classifier, data: Any, plan: _Plan, verbose: int
) -> "corruption_report.CorruptionReport | None":
    if plan.suite is None:
        return None
    from keras_ceb._src.robustness.corruptions.benchmark.evaluate import (
        evaluate_corruptions,
    )

    return evaluate_corruptions(classifier, data, plan.suite, verbose=verbose)


def _class_names(data: Any) -> list[str] | None:
    names = getattr(data, "class_names", None)
    return None if names is None else [str(name) for name in names]


def _weights_digest(model: keras.Model) -> str:
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    return digest.hexdigest()


def _checkpoint(
    folder: pathlib.Path | None, record: dict[str, Any], marks: str
) -> pathlib.Path | None:
    """The file of an attack on this model and these images."""
    if folder is None:
        return None
    settings = json.dumps(record, sort_keys=True, default=str)
    key = hashlib.sha256((settings + marks).encode()).hexdigest()
    return folder / f"{key[:16]}.npz"
