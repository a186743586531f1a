"""Checks of an audit of gradients, the loss and predictions."""

import numpy as np

from keras_ceb._src.robustness.audit.check import ATHALYE
from keras_ceb._src.robustness.audit.check import CARLINI
from keras_ceb._src.robustness.audit.check import CROCE
from keras_ceb._src.robustness.audit.check import SLACK
from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.robustness.audit.probes import loss_and_gradient
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.classifier import logits_of


def zero_gradients(sample: Sample) -> Check:
    """Few images may have a float32 gradient of exactly zero."""
    figures = {}
    for loss in ("cross_entropy", "margin"):
        _, gradient = loss_and_gradient(
            sample.classifier, sample.x, sample.y, loss
        )
        flat = np.abs(gradient).reshape(len(gradient), -1).max(axis=1)
        figures[f"{loss}_gradient_is_zero"] = float(np.mean(flat == 0))
    return Check(
        "gradients are not exactly zero",
        figures,
        max(figures.values()) > SLACK,
        "Where the gradient is exactly zero in float32, an attack that "
        "follows it does not move, and the image counts as robust.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.6",
    )


def saturated_loss(sample: Sample) -> Check:
    """Few correctly classified images may have a cross-entropy near 0."""
    loss, _ = loss_and_gradient(
        sample.classifier, sample.x, sample.y, "cross_entropy"
    )
    logits = np.sort(sample.logits, axis=1)
    margin = logits[:, -1] - logits[:, -2]
    # As small as the rounding errors of a softmax in float32.
    vanished = loss[sample.right] < 1e-6
    share = float(vanished.mean()) if len(vanished) else 0.0
    return Check(
        "the loss is not saturated",
        {
            "cross_entropy_below_1e-6": share,
            "median_margin_nats": float(np.median(margin)),
        },
        share > 0.5,
        "A loss that rounds to zero has lost the digits that its gradient "
        "needs; attack with the margin or the DLR loss.",
        f"{CROCE}, section 4; {CARLINI}, section 5.6",
    )


def landscape(sample: Sample) -> Check:
    """The loss must rise faster along the gradient than along noise."""
    right = np.flatnonzero(sample.right)
    x, y = sample.x[right], sample.y[right]
    _, gradient = loss_and_gradient(sample.classifier, x, y, "margin")
    noise = np.random.default_rng(0).normal(size=x.shape).astype("float32")
    start = _margin(sample.logits[right], y)
    curves: dict[str, list[float]] = {}
    shares = (0.25, 0.5, 1.0)
    for name, ray in (("gradient", gradient), ("random", noise)):
        unit = np.sign(ray) if sample.norm == "linf" else _unit(ray)
        curves[name] = []
        for share in shares:
            moved = x + share * sample.eps * unit
            moved = np.clip(moved, *sample.classifier.bounds)
            logits = logits_of(sample.classifier, moved.astype("float32"))
            # In units of the first margin, independent of the logits' scale.
            rise = (_margin(logits, y) - start) / np.maximum(-start, 1e-6)
            curves[name].append(float(np.median(rise)))
    ahead = curves["gradient"][-1] - curves["random"][-1]
    return Check(
        "the loss rises along the gradient, more than along noise",
        {"share_of_eps": list(shares), **curves},
        bool(ahead <= 0.01),
        "The median rise of the margin, in units of its first value. A "
        "gradient that does no better than a random direction carries no "
        "information about the boundary.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.6",
    )


def _unit(ray: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(ray.reshape(len(ray), -1), axis=1)
    shape = (-1,) + (1,) * (ray.ndim - 1)
    unit: np.ndarray = ray / np.maximum(length, 1e-30).reshape(shape)
    return unit


def _margin(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    rows = np.arange(len(y))
    wrong = logits.copy()
    wrong[rows, y] = -np.inf
    margin: np.ndarray = wrong.max(axis=1) - logits[rows, y]
    return margin


def randomness(sample: Sample) -> Check:
    """Two passes over the same images must give the same logits."""
    first, second = (
        logits_of(sample.classifier, sample.x, seed=seed) for seed in (0, 1)
    )
    spread = np.ptp(first, axis=1) + 1e-12
    change = float(np.max(np.abs(first - second).max(axis=1) / spread))
    differ = float(np.mean(first.argmax(axis=1) != second.argmax(axis=1)))
    return Check(
        "predictions are the same twice",
        {"largest_relative_change": change, "predictions_that_differ": differ},
        bool(change > 1e-4 or differ > 0),
        "A model with noise at test time needs gradients averaged over the "
        "noise (`samples`, or `AutoAttack(version='rand')`); an accuracy "
        "from single draws is too high.",
        f"{ATHALYE}, section 4.2; {CARLINI}, section 5.4",
    )
