"""Calibration from logits, before and after temperature scaling."""

import numpy as np

BINS = 15


def log_softmax(logits):
    """Logarithms of the probabilities, float64."""
    shifted = np.asarray(logits, "float64")
    shifted = shifted - shifted.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def nll(logits, labels):
    """Mean negative log-likelihood, nats."""
    return float(-log_softmax(logits)[np.arange(len(labels)), labels].mean())


def reliability(logits, labels, bins=BINS):
    """How many answers are right, by confidence.

    Args:
        logits: `[n, classes]`.
        labels: `[n]` integers.
        bins: Of equal width, open below and closed above.

    Returns:
        A dict of lists of length `bins`: `count`, and the sums `confidence`
        and `right`.

    Reference: Guo et al., 2017, "On calibration of modern neural networks".
    """
    confidence = np.exp(log_softmax(logits).max(axis=1))
    right = np.argmax(logits, axis=1) == labels
    place = np.clip(np.ceil(bins * confidence).astype(int) - 1, 0, bins - 1)
    return {
        "count": np.bincount(place, minlength=bins).tolist(),
        "confidence": np.bincount(place, confidence, bins).tolist(),
        "right": np.bincount(place, right, bins).tolist(),
    }


def ece(logits, labels, bins=BINS):
    """Expected calibration error, 0 to 1. Reference: as `reliability`."""
    found = reliability(logits, labels, bins)
    gaps = np.subtract(found["right"], found["confidence"])
    return float(np.abs(gaps).sum() / len(labels))


def temperature(logits, labels):
    """The temperature of the lowest negative log-likelihood.

    It is convex in the inverse of the temperature: a golden-section search of
    its logarithm, between 1/100 and 100.

    Reference: Guo et al., 2017, section 4.2.
    """
    ratio = (5**0.5 - 1) / 2
    low, high = np.log(1e-2), np.log(1e2)

    def loss(log_scale):
        return nll(np.exp(log_scale) * np.asarray(logits, "float64"), labels)

    inner = [high - ratio * (high - low), low + ratio * (high - low)]
    losses = [loss(place) for place in inner]
    while high - low > 1e-6:
        if losses[0] < losses[1]:
            high = inner[1]
            inner = [high - ratio * (high - low), inner[0]]
            losses = [loss(inner[0]), losses[0]]
        else:
            low = inner[0]
            inner = [inner[1], low + ratio * (high - low)]
            losses = [losses[1], loss(inner[1])]
    return float(np.exp(-(low + high) / 2))


def cross_fitted(logits, labels):
    """Logits divided by a temperature that their own labels did not choose.

    The temperature of each half, even and odd examples, is that of the other.

    Args:
        logits: `[n, classes]`.
        labels: `[n]` integers.

    Returns:
        The scaled logits in their order, and the two temperatures.
    """
    scaled = np.array(logits, "float64")
    temperatures = []
    for half in (0, 1):
        other = slice(1 - half, None, 2)
        temperatures.append(temperature(logits[other], labels[other]))
        scaled[half::2] /= temperatures[-1]
    return scaled, temperatures
