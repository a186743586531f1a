"""Losses that an attack maximizes: `[n, num_classes]` logits to `[n]` values.

Without `target`, each loss increases as the logit of the label `y` decreases
relative to the others; with `target`, as the logit of the target increases.
All work in float32.
"""

from collections.abc import Callable

from keras import ops

from keras_ceb._src.typing import Tensor

# Keeps the denominator from being zero where logits coincide.
_TINY = 1e-12


def _pick(logits: Tensor, classes: Tensor) -> Tensor:
    return ops.take_along_axis(logits, classes[:, None], axis=1)[:, 0]


def _largest_except(logits: Tensor, classes: Tensor) -> Tensor:
    mask = ops.one_hot(classes, logits.shape[-1], dtype="bool")
    return ops.max(ops.where(mask, -float("inf"), logits), axis=1)


def cross_entropy(
    logits: Tensor, y: Tensor, target: Tensor | None = None
) -> Tensor:
    """Cross-entropy of the label, or minus that of the target, in nats.

    Its float32 gradient is tiny where the logits differ by more than about
    20 nats, and exactly zero from 88 on, where `exp` underflows: large logits
    mask it.
    """
    classes = y if target is None else target
    value = ops.sparse_categorical_crossentropy(
        classes, logits, from_logits=True
    )
    return value if target is None else -value


def margin(logits: Tensor, y: Tensor, target: Tensor | None = None) -> Tensor:
    """max_{i != y} z_i - z_y; with a target z_t - max_{i != t} z_i.

    Its gradient does not saturate, however large the logits are.

    Reference: Carlini and Wagner, 2017, function f6 without the confidence.
    """
    if target is None:
        return _largest_except(logits, y) - _pick(logits, y)
    return _pick(logits, target) - _largest_except(logits, target)


def log_odds(logits: Tensor, y: Tensor, target: Tensor | None = None) -> Tensor:
    """log sum_{i != y} exp z_i - z_y; with a target z_t - log sum_{i != t}.

    The logarithm of the odds (1 - p) / p of another class than the label, or
    of p / (1 - p) of the target. Cross-entropy is log(1 + exp(log-odds)), so
    that both have gradients of the same direction; that of the log-odds does
    not saturate, however large the logits are.
    """
    classes = y if target is None else target
    mask = ops.one_hot(classes, logits.shape[-1], dtype="bool")
    others = ops.logsumexp(ops.where(mask, -float("inf"), logits), axis=1)
    value = others - _pick(logits, classes)
    return value if target is None else -value


def dlr(logits: Tensor, y: Tensor, target: Tensor | None = None) -> Tensor:
    """Difference of logits ratio, invariant to their shift and scale.

    (max_{i != y} z_i - z_y) / (z_(1) - z_(3)), and with a target
    (z_t - z_y) / (z_(1) - (z_(3) + z_(4)) / 2), where z_(k) is the k-th
    largest logit.

    Reference: Croce and Hein, 2020, equations 6 and 7.
    """
    if target is None:
        top = ops.top_k(logits, 3)[0]
        spread = top[:, 0] - top[:, 2]
        return margin(logits, y) / (spread + _TINY)
    top = ops.top_k(logits, 4)[0]
    spread = top[:, 0] - 0.5 * (top[:, 2] + top[:, 3])
    return (_pick(logits, target) - _pick(logits, y)) / (spread + _TINY)


def scaled_cross_entropy(
    logits: Tensor, y: Tensor, target: Tensor | None = None
) -> Tensor:
    """Cross-entropy of the logits divided by z_(1) - z_(3).

    Like DLR, it is invariant to the scale of the logits; like cross-entropy,
    it depends on all classes.
    """
    top = ops.top_k(logits, min(3, logits.shape[-1]))[0]
    # Shift and scale are constants for the gradient.
    spread = ops.stop_gradient(top[:, :1] - top[:, -1:])
    shifted = logits - ops.stop_gradient(top[:, :1])
    return cross_entropy(shifted / (spread + _TINY), y, target)


LOSSES: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": cross_entropy,
    "dlr": dlr,
    "log_odds": log_odds,
    "margin": margin,
    "scaled_cross_entropy": scaled_cross_entropy,
}


def classes_needed(name: str, targeted: bool = False) -> int:
    """The smallest number of classes for which a loss is defined."""
    if name == "dlr":
        return 4 if targeted else 3
    return 2
