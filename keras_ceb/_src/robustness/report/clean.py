"""Measurements without attack."""

import dataclasses
import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np

from keras_ceb._src.robustness import metrics
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.chance import Answers
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.float_inputs import float_inputs
from keras_ceb._src.robustness.held_batches import checked_batches
from keras_ceb._src.robustness.ood.image_scores import scores_of


@dataclasses.dataclass
class Clean:
    """Accuracy, calibration and residual information without attack.

    Attributes:
        figures: What `RobustnessReport.clean` holds.
        answers: The predictions behind the figures.
        scores: By name, how uncertain the model is of each image; see
            `ood.image_scores`.
        shape: The shape of one image.
    """

    figures: dict[str, Any]
    answers: Answers
    scores: dict[str, np.ndarray]
    shape: tuple[int, ...]


def measure_clean(
    classifier: Classifier,
    data: Any,
    check_fits: Callable[[int, tuple[int, ...]], None],
) -> Clean:
    """Reads the data once and measures without attack.

    Args:
        classifier: `Classifier`.
        data: See `robust_accuracy`.
        check_fits: Called with the number of classes and the shape of one
            image, before anything is measured.
    """
    calibration = metrics.CalibrationError()
    # Images and labels separately, so that the batch size does not matter.
    image_digest, label_digest = hashlib.sha256(), hashlib.sha256()
    parts: dict[str, list[np.ndarray]] = {}
    scores: dict[str, list[np.ndarray]] = {}
    span = (np.inf, -np.inf)
    seen = num_classes = 0
    for batch, num_classes in checked_batches(classifier, data):
        x, y = batch["x"], batch["y"]
        if not seen:
            check_fits(num_classes, x.shape[1:])
        image_digest.update(x.tobytes())
        label_digest.update(y.tobytes())
        span = min(span[0], float(x.min())), max(span[1], float(x.max()))
        logits = logits_of(classifier, x, seen)
        calibration.update(logits, y)
        found = {
            "predicted": logits.argmax(axis=1),
            "labels": y,
            "nll": metrics.negative_log_likelihood(logits, y),
            "brier": metrics.brier_score(logits, y),
            "nats": _information(classifier, x, y),
        }
        for name, values in found.items():
            parts.setdefault(name, []).append(values)
        for name, values in scores_of(classifier, x, logits).items():
            scores.setdefault(name, []).append(values)
        seen += len(x)
    all_of = {name: np.concatenate(values) for name, values in parts.items()}
    answers = Answers(all_of["predicted"], all_of["labels"], num_classes, span)
    right = answers.right
    figures = {
        "num_images": len(right),
        "accuracy": float(right.mean()),
        "nll": float(all_of["nll"].mean()),
        "brier": float(all_of["brier"].mean()),
        "ece": calibration.result(),
        "confidence": calibration.confidence(),
        "calibration": calibration.bins(),
        "num_classes": num_classes,
        "fingerprint": hashlib.sha256(
            image_digest.digest() + label_digest.digest()
        ).hexdigest(),
        "residual_information": _of_right_and_wrong(all_of["nats"], right),
    }
    return Clean(
        figures,
        answers,
        {name: np.concatenate(values) for name, values in scores.items()},
        tuple(x.shape[1:]),
    )


def _information(
    classifier: Classifier, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Residual information, `[n]` nats, or `[0]` without a bottleneck."""
    model = classifier.model
    measure = getattr(model, "residual_information", None)
    # The deterministic baseline has the method, but infinite information.
    if not callable(measure) or not getattr(model, "has_bottleneck", True):
        return np.zeros(0)
    with float_inputs(model):
        nats: np.ndarray = padding.map_batches(
            lambda batch: measure(batch["x"], batch["y"]),
            {"x": x, "y": y},
            classifier.batch_size,
        )
    return nats


def _of_right_and_wrong(
    nats: np.ndarray, right: np.ndarray
) -> dict[str, float | None] | None:
    """The mean over right and over wrong answers, `None` if there are none."""
    if not len(nats):
        return None
    return {
        name: float(nats[rows].mean()) if rows.any() else None
        for name, rows in (("right", right), ("wrong", ~right))
    }
