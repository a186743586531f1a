"""Calibration of a classifier, from its logits."""

from typing import Any

import numpy as np

_BINS = 15


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64, `[n, num_classes]`."""
    shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
    exps = np.exp(shifted)
    result: np.ndarray = exps / exps.sum(axis=1, keepdims=True)
    return result


def negative_log_likelihood(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """-log p(y), nats per example."""
    logits = logits.astype("float64")
    # Log-sum-exp relative to the largest logit: no exponential overflows.
    top = logits.max(axis=1)
    total = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    loss: np.ndarray = total - logits[np.arange(len(y)), y]
    return loss


def brier_score(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squared distance of the probabilities from the one-hot label, 0..2.

    Reference: Brier, 1950.
    """
    errors = probabilities(logits)
    errors[np.arange(len(y)), y] -= 1
    score: np.ndarray = np.square(errors).sum(axis=1)
    return score


class CalibrationError:
    """Expected calibration error over 15 bins of equal width, in batches.

    Reference: Guo et al., 2017, "On calibration of modern neural networks",
    equation 3.
    """

    def __init__(self, bins: int = _BINS):
        self._count = np.zeros(bins)
        self._confidence = np.zeros(bins)
        self._right = np.zeros(bins)

    def update(self, logits: np.ndarray, y: np.ndarray) -> None:
        """Adds a batch of logits and labels."""
        p = probabilities(logits)
        confidence = p.max(axis=1)
        right = p.argmax(axis=1) == y
        bins = len(self._count)
        # Bins are open below and closed above.
        place = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
        self._count += np.bincount(place, minlength=bins)
        self._confidence += np.bincount(place, confidence, minlength=bins)
        self._right += np.bincount(place, right, minlength=bins)

    def result(self) -> float:
        """The error, between 0 and 1."""
        gaps = np.abs(self._right - self._confidence)
        return float(gaps.sum() / max(self._count.sum(), 1))

    def confidence(self) -> float:
        """The mean probability of the predicted class."""
        return float(self._confidence.sum() / max(self._count.sum(), 1))

    def bins(self) -> list[dict[str, Any]]:
        """`count`, mean `confidence` and `accuracy` of each bin in use."""
        return [
            {
                "count": int(count),
                "confidence": float(confidence / count),
                "accuracy": float(right / count),
            }
            for count, confidence, right in zip(
                self._count, self._confidence, self._right, strict=True
            )
            if count
        ]
