"""Balls of the norms L0, L1, L2 and L-infinity, with a radius per image.

L0 is the number of values that differ from zero. Every function works per
image, on `[n, ...]` float32 tensors.
"""

from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.typing import Tensor

NORMS = ("l0", "l1", "l2", "linf")


def norm_of(delta: Tensor, norm: str) -> Tensor:
    """The `norm`, one of `NORMS`, of each image, `[n]`."""
    if norm == "l0":
        nonzero = ops.cast(ops.not_equal(_flat(delta), 0.0), "float32")
        return ops.sum(nonzero, axis=1)
    if norm == "l1":
        return ops.sum(ops.abs(_flat(delta)), axis=1)
    return ball.norm_of(delta, norm)


def dual_norm_of(gradient: Tensor, norm: str) -> Tensor:
    """The dual of the norm L1, L2 or L-infinity, `[n]`.

    A linear function with this gradient changes by at most the dual norm in
    a ball of radius 1.
    """
    dual = {"l1": "linf", "l2": "l2", "linf": "l1"}
    return norm_of(gradient, dual[norm])


def project(delta: Tensor, radius: Tensor, norm: str) -> Tensor:
    """The closest point to `delta`, in L2, whose `norm` is at most `radius`.

    Args:
        delta: `[n, ...]` perturbations.
        radius: `[n]` radii, not negative.
        norm: One of `NORMS`.
    """
    if norm == "linf":
        wide = ball.per_image(radius, delta)
        return ops.minimum(ops.maximum(delta, -wide), wide)
    if norm == "l2":
        # The lower limit only keeps a zero `delta` from giving 0 / 0.
        length = ops.maximum(ball.l2_norm(delta), 1e-30)
        factor = ops.minimum(1.0, radius / length)
        return delta * ball.per_image(factor, delta)
    if norm == "l1":
        return _project_l1(delta, radius)
    return _project_l0(delta, radius)


def _project_l0(delta: Tensor, radius: Tensor) -> Tensor:
    """Keeps the `radius` largest values, and sets the others to zero."""
    order = ops.argsort(-ops.abs(_flat(delta)), axis=1)
    # The place of each value in that order; no two values share a place.
    rank = ops.cast(ops.argsort(order, axis=1), "float32")
    kept = ops.where(rank < radius[:, None], _flat(delta), 0.0)
    return ops.reshape(kept, ops.shape(delta))


def _project_l1(delta: Tensor, radius: Tensor) -> Tensor:
    """Moves all values towards zero by one threshold.

    Reference: Duchi et al., 2008, "Efficient projections onto the l1-ball for
    learning in high dimensions", figure 1.
    """
    size = ops.abs(_flat(delta))
    largest = -ops.sort(-size, axis=1)
    excess = ops.cumsum(largest, axis=1) - radius[:, None]
    count = ops.arange(1, largest.shape[1] + 1, dtype="float32")
    positive = ops.cast(largest * count > excess, "int32")
    # The number of values that stay away from zero.
    last = ops.maximum(ops.sum(positive, axis=1, keepdims=True), 1)
    threshold = ops.take_along_axis(excess, last - 1, axis=1)
    threshold = ops.maximum(threshold / ops.cast(last, "float32"), 0.0)
    moved = ops.sign(_flat(delta)) * ops.maximum(size - threshold, 0.0)
    return ops.reshape(moved, ops.shape(delta))


def _flat(x: Tensor) -> Tensor:
    return ops.reshape(x, (ops.shape(x)[0], -1))
