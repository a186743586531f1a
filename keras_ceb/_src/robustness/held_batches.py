"""Checked batches of images, one or several at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.prepare import prepare

# Images that are still classified correctly are regrouped into full batches,
# from this many batches at a time, or from fewer if the images are large.
_BATCHES_HELD = 8
_BYTES_HELD = 2**26


def checked_batches(
    classifier: Classifier, data: Any
) -> Iterator[tuple[dict[str, np.ndarray], int]]:
    """Batches as `prepare` returns them, and the number of classes."""
    seen = 0
    for x, y in data_lib.batches(data, classifier.batch_size):
        index = np.arange(seen, seen + len(x))
        batch, num_classes = prepare(
            classifier, x, y, index, names=data_checks.NAMES
        )
        if not seen:
            data_checks.check_labels(data, num_classes)
        seen += len(x)
        yield batch, num_classes


def held_batches(
    classifier: Classifier, data: Any, attack: Attack
) -> Iterator[tuple[dict[str, np.ndarray], int]]:
    """Checked batches, several joined, and the number of classes."""
    size = None
    parts: list[dict[str, np.ndarray]] = []
    for part, num_classes in checked_batches(classifier, data):
        attack.check_fits(classifier.bounds, num_classes, part["x"].shape[1:])
        parts.append(part)
        if size is None:
            held = _BYTES_HELD // max(part["x"].nbytes, 1)
            size = max(1, min(_BATCHES_HELD, held))
        if len(parts) == size:
            yield _joined(parts), num_classes
            parts = []
    if parts:
        yield _joined(parts), num_classes


def _joined(parts: list[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def right_without_attack(
    classifier: Classifier, held: dict[str, np.ndarray]
) -> np.ndarray:
    """Which images the model classifies correctly without attack."""
    logits = logits_of(classifier, held["x"], int(held["index"][0]))
    right: np.ndarray = logits.argmax(axis=1) == held["y"]
    return right
