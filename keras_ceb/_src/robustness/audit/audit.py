"""Looks for masked gradients, with which a robust accuracy is too high."""

from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness.attacks.ball import NORMS
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.audit import attack_checks
from keras_ceb._src.robustness.audit import gradient_checks
from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.prepare import prepare
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer


def audit(
    model: keras.Model | Classifier,
    data: Any,
    *,
    norm: str = "linf",
    eps: float = 8 / 255,
    num_images: int = 256,
    twin: keras.Model | Classifier | None = None,
) -> AuditReport:
    """Looks for signs that the gradients of a model are masked.

    A robust accuracy is an upper bound: a failed attack proves nothing. Each
    check looks for one known way in which attacks fail on models that are not
    robust, on the first images of `data`.

    Args:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1.
        data: See `robust_accuracy`.
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball whose robust accuracy is in question, in the
            units of the classifier's range.
        num_images: Number of images to measure on.
        twin: Deterministic or undefended model of the same task, whose
            adversarial examples are tried on `model`. A Keras model is
            assumed to have the range and the kind of outputs of `model`.

    Returns:
        `AuditReport`.

    Example:

    ```python
    report = audit(model, test, norm="l2", eps=0.5)
    print(report.passed, report.flags)
    ```

    Reference: Athalye, Carlini and Wagner, 2018, "Obfuscated gradients give a
    false sense of security"; Carlini et al., 2019, "On evaluating adversarial
    robustness"; Croce and Hein, 2020.
    """
    ball = PGD(one_of(norm, "norm", NORMS), eps)
    if ball.eps == 0:
        raise ValueError(
            f"`eps` must be larger than 0 for an audit. Received: eps={eps}"
        )
    num_images = positive_integer(num_images, "num_images")
    classifier = as_classifier(model)
    other = _check_twin(twin, classifier)
    check_before_reading(classifier, data, [ball])
    x, y = next(data_lib.batches(data, num_images))
    images, num_classes = prepare(classifier, x, y, names=data_checks.NAMES)
    ball.check_fits(classifier.bounds, num_classes, images["x"].shape[1:])
    sample = Sample(classifier, images["x"], images["y"], norm, ball.eps)
    if not sample.right.any():
        raise ValueError(
            "`model` must classify some images of `data` correctly, or there "
            f"is no robustness to audit. Received: {len(x)} images, all "
            "misclassified; check the order of the labels"
        )
    found = [
        attack_checks.growing_radius(sample),
        attack_checks.more_effort(sample),
        attack_checks.single_step(sample),
        attack_checks.black_box(sample, other),
        gradient_checks.zero_gradients(sample),
        gradient_checks.saturated_loss(sample),
        attack_checks.logit_scale(sample),
        gradient_checks.landscape(sample),
        gradient_checks.randomness(sample),
    ]
    return AuditReport(found, len(np.atleast_1d(images["y"])), norm, ball.eps)


def _check_twin(twin: Any, classifier: Classifier) -> Classifier | None:
    """A second classifier with the range of the first, or `None`."""
    if twin is None:
        return None
    if isinstance(twin, Classifier):
        if twin.bounds != classifier.bounds:
            raise ValueError(
                "`twin` must have the `bounds` of `model`. Received: "
                f"{twin.bounds} and {classifier.bounds}"
            )
        return twin
    if not isinstance(twin, keras.Model):
        raise TypeError(
            "`twin` must be a Keras model, a `Classifier` or None. "
            f"Received: twin={twin!r} of type {type(twin).__name__}"
        )
    return Classifier(
        twin,
        classifier.bounds,
        classifier.from_logits,
        classifier.batch_size,
    )
