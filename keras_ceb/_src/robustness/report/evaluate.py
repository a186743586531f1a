"""`evaluate_robustness`, which measures the robustness of a model."""

import pathlib
from collections.abc import Mapping
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any

import keras

from keras_ceb._src.robustness import chance
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.curve import Curve
from keras_ceb._src.robustness.audit.audit import audit as run_audit
from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.certify.certificate import Certificate
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb._src.robustness.ood.evaluate import measure_ood
from keras_ceb._src.robustness.ood.ood_report import OODReport
from keras_ceb._src.robustness.repeatable import repeatable
from keras_ceb._src.robustness.report.attack_results import AttackResults
from keras_ceb._src.robustness.report.attack_results import checkpoint
from keras_ceb._src.robustness.report.certificates import check_model
from keras_ceb._src.robustness.report.certificates import compute
from keras_ceb._src.robustness.report.clean import Clean
from keras_ceb._src.robustness.report.clean import measure_clean
from keras_ceb._src.robustness.report.fooled import add_predictions
from keras_ceb._src.robustness.report.fooled import files_of
from keras_ceb._src.robustness.report.plan import Plan
from keras_ceb._src.robustness.report.plan import make_plan
from keras_ceb._src.robustness.report.provenance import Record
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.selective.selective_report import (
    selective_report,
)
from keras_ceb._src.saving.paths import folder_to_write

if TYPE_CHECKING:
    from keras_ceb._src.robustness.corruptions.benchmark import (
        corruption_report,
    )


def evaluate_robustness(
    model: keras.Model | Classifier,
    data: Any,
    *,
    attacks: Attack | Curve | Sequence[Attack | Curve] | None = None,
    corruptions: Any = None,
    ood: Mapping[str, Any] | None = None,
    audit: bool = True,
    certificates: Certificate | Sequence[Certificate] | None = None,
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
        attacks: Attack or different attacks to run, each in its own ball, and
            for each norm a `keras_ceb.robustness.attacks.Curve` to draw
            accuracy against the radius. By default the fast version of
            AutoAttack and PGD, L-infinity with 8/255 and L2 with 0.5 of the
            range, and both curves; `[]` runs none. The curves come first. An
            attack that is a point of a curve is not run again, and images that
            the curve of its norm has misled within its ball count as
            misclassified by the fast version of AutoAttack, which attacks the
            others only.
        corruptions: Common corruptions to measure, see
            `keras_ceb.robustness.corruptions`. `None` or `False` measures
            none.
        ood: Out-of-distribution data sets by name, each in a form that
            `Classifier.predict` takes, with images of the shape of those in
            `data`. The report says how well the scores of the model tell them
            from `data`: maximum softmax, energy, maximum logit, and
            `ood_score(x)` if the model has such a method.
        audit: Whether to look for masked gradients, in the ball of the first
            attack.
        certificates: Certificate or different certificates to compute, see
            `keras_ceb.robustness.certify`. The report gives their accuracies
            at the radii of the L2 attacks, or at quarters of the range if
            there are none; in the encoding space, at 1, 2 and 3 standard
            deviations of the encoder's noise. `None` computes none.
        checkpoint_dir: Folder for intermediate results, from which the next
            call resumes after an interruption, with the same figures.
        verbose: 1 shows progress, 0 does not.

    Returns:
        `RobustnessReport`.

    Raises:
        TypeError: If an argument is of the wrong type, or `data` cannot be
            read several times.
        ValueError: If an argument is invalid, an attack, a corruption or a
            certificate does not fit `model` or `data`, the outputs of `model`
            prove that `from_logits` is wrong, no gradient reaches its inputs,
            or it does no better than chance without attack and the
            `Classifier` does not allow that. All of this is checked before
            the first attack, and where possible before the first image is
            read. Later, if `data` differs between two passes.

    Example:

    ```python
    report = evaluate_robustness(model, (x_test, y_test))
    report.to_html("report.html")
    ```
    """
    classifier = as_classifier(model)
    plan = make_plan(classifier, attacks, corruptions, ood, audit, certificates)
    folder = None
    if checkpoint_dir is not None:
        folder = folder_to_write(checkpoint_dir, "checkpoint_dir")
    plan.check_before_reading(classifier, data)
    class_names = _class_names(data)
    record, source = Record(classifier.model), data
    data = repeatable(data)
    clean = measure_clean(classifier, data, plan.check_fits(classifier))
    if verbose:
        print(f"Without attack: {clean.answers}", flush=True)
    if not classifier.allow_chance:
        chance.check_chance(clean.answers, classifier.model, classifier.bounds)
    record.lap("without attack")
    check_model(classifier, data, plan.certificates)
    found = _run_ood(classifier, plan, clean, verbose)
    record.lap("out-of-distribution data")
    marks = clean.figures["fingerprint"]
    if folder is not None:
        marks += model_digest(classifier.model)
    right = clean.answers.right
    results = AttackResults(
        classifier,
        data,
        plan,
        right,
        clean.answers.num_classes,
        folder,
        marks,
        verbose,
    )
    report = RobustnessReport(
        classifier.name, clean.figures, [], {}, class_names=class_names
    )
    report.curves = results.run_curves()
    record.lap("curves")
    report.attacks = results.run_attacks()
    files = files_of(source, len(right))
    for result in report.attacks:
        add_predictions(classifier, result.examples, files)
    record.lap("attacks")
    report.audit = _run_audit(classifier, data, plan)
    record.lap("audit")
    report.corruptions = _run_corruptions(classifier, data, plan, verbose)
    record.lap("corruptions")
    report.labels = clean.answers.labels
    report.run = record.values
    report.selective = selective_report(clean.scores, right)
    report.ood = found
    report.certificates = compute(
        classifier,
        data,
        plan.certificates,
        plan.all_attacks,
        lambda record: checkpoint(folder, record, marks),
        verbose,
    )
    record.lap("certificates")
    return report


def _run_ood(
    classifier: Classifier, plan: Plan, clean: Clean, verbose: int
) -> OODReport | None:
    """Before the attacks, which take longer and need no such data."""
    if not plan.ood:
        return None
    return measure_ood(classifier, plan.ood, clean.scores, clean.shape, verbose)


def _run_audit(
    classifier: Classifier, data: Any, plan: Plan
) -> AuditReport | None:
    if plan.audited is None:
        return None
    norm, eps = plan.audited.norm, plan.audited.eps
    return run_audit(classifier, data, norm=norm, eps=eps)


def _run_corruptions(
    classifier: Classifier, data: Any, plan: Plan, verbose: int
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
