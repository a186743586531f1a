"""The L1 ball intersected with the range of the inputs.

Clipping a point of the L1 ball to the range wastes a part of the radius, so
that projections, steps and corners here are those of the intersection. Every
function works per image, on `[n, ...]` float32 tensors.

Reference: Croce and Hein, 2021, "Mind the box: l1-APGD for sparse adversarial
attacks on image classifiers".
"""

import math

from keras import ops

from keras_ceb._src import random
from keras_ceb._src.typing import Tensor


def norm(delta: Tensor) -> Tensor:
    """The sum of absolute values of each image, `[n]`."""
    return ops.sum(ops.abs(_flat(delta)), axis=1)


def count(delta: Tensor) -> Tensor:
    """How many values of each image are not 0, `[n]` float32."""
    return ops.sum(ops.cast(ops.not_equal(_flat(delta), 0), "float32"), axis=1)


def project(
    x: Tensor, clean: Tensor, eps: Tensor, bounds: tuple[Tensor, Tensor]
) -> Tensor:
    """The closest point, in L2, of the ball around `clean` and the range.

    With v = |x - clean| and the distance c from `clean` to the bound on that
    side, the perturbation is, but for its signs,

        min(max(v - t, 0), c)

    for the smallest t >= 0 for which its sum is at most `eps` (proposition 2.1
    of the paper). The sum is piecewise linear in t: it has a slope of -1 per
    value between max(v - c, 0) and v. So t lies at, or between, two of these
    places in ascending order.

    Args:
        x: Points, not necessarily in the range.
        clean: Clean inputs, in the range.
        eps: Radius of the ball.
        bounds: Range of the inputs.
    """
    delta = _flat(x - clean)
    limit = _flat(_limits(x - clean, clean, bounds))
    size = ops.abs(delta)
    first = ops.maximum(size - limit, 0.0)
    places = ops.concatenate([first, size], axis=1)
    turns = ops.concatenate(
        [ops.ones_like(first), -ops.ones_like(size)], axis=1
    )
    order = ops.argsort(places, axis=1)
    places = ops.take_along_axis(places, order, axis=1)
    # How many values shrink from each place to the next.
    slope = ops.cumsum(ops.take_along_axis(turns, order, axis=1), axis=1)
    widths = places[:, 1:] - places[:, :-1]
    total = ops.sum(ops.minimum(size, limit), axis=1, keepdims=True)
    # Between places that are equal the slope may be anything, and counts 0.
    lost = ops.cumsum(slope[:, :-1] * widths, axis=1)
    excess = total - eps
    passed = ops.cast(lost < excess, "int32")
    # The last place before which too little is lost.
    last = ops.sum(passed, axis=1, keepdims=True)
    last = ops.minimum(last, widths.shape[1] - 1)
    lost = ops.concatenate([ops.zeros_like(excess), lost], axis=1)
    begin = ops.take_along_axis(places, last, axis=1)
    missing = excess - ops.take_along_axis(lost, last, axis=1)
    rate = ops.maximum(ops.take_along_axis(slope, last, axis=1), 1.0)
    threshold = ops.where(excess > 0, begin + missing / rate, 0.0)
    moved = ops.minimum(ops.maximum(size - threshold, 0.0), limit)
    # Rounding errors of the sums do not leave the ball.
    length = ops.maximum(ops.sum(moved, axis=1, keepdims=True), 1e-30)
    moved = moved * ops.minimum(1.0, eps / length)
    moved = ops.reshape(ops.sign(delta) * moved, ops.shape(x))
    return ops.clip(clean + moved, *bounds)


def corner(
    gradient: Tensor, clean: Tensor, eps: Tensor, bounds: tuple[Tensor, Tensor]
) -> Tensor:
    """Where a linear function with this gradient is largest.

    The values with the largest gradients move to their bounds, in descending
    order, until the radius is used up (section 2.2 of the paper).

    Args: see `project`.
    """
    limit = _flat(_limits(gradient, clean, bounds))
    flat = _flat(gradient)
    limit = ops.where(flat == 0, 0.0, limit)
    order = ops.argsort(-ops.abs(flat), axis=1)
    sorted_limit = ops.take_along_axis(limit, order, axis=1)
    before = ops.cumsum(sorted_limit, axis=1) - sorted_limit
    sorted_move = ops.minimum(ops.maximum(eps - before, 0.0), sorted_limit)
    place = ops.argsort(order, axis=1)
    move = ops.sign(flat) * ops.take_along_axis(sorted_move, place, axis=1)
    moved = ops.reshape(move, ops.shape(clean))
    return project(clean + moved, clean, eps, bounds)


def sparse_step(gradient: Tensor, share: Tensor) -> Tensor:
    """A step of L1 length 1 along the signs of the largest gradients.

    Args:
        gradient: Gradients of the loss.
        share: `[n]`, the share of the values that move; at least one does,
            and all whose gradient is as large as that of the last.

    Returns:
        The step, 0 where the gradient is 0.
    """
    flat = _flat(gradient)
    size = ops.abs(flat)
    number = flat.shape[1]
    index = ops.cast(ops.floor((1.0 - share) * number), "int32")
    index = ops.clip(index, 0, number - 1)
    least = ops.take_along_axis(ops.sort(size, axis=1), index[:, None], axis=1)
    signs = ops.where(size >= least, ops.sign(flat), 0.0)
    moved = ops.maximum(ops.sum(ops.abs(signs), axis=1, keepdims=True), 1.0)
    return ops.reshape(signs / moved, ops.shape(gradient))


def inward(
    gradient: Tensor, x: Tensor, bounds: tuple[Tensor, Tensor]
) -> Tensor:
    """The gradient without the parts that point out of the range at `x`."""
    lower, upper = bounds
    stuck = ops.logical_or(
        ops.logical_and(x >= upper, gradient > 0),
        ops.logical_and(x <= lower, gradient < 0),
    )
    return ops.where(stuck, 0.0, gradient)


def random_start(
    clean: Tensor,
    eps: Tensor,
    bounds: tuple[Tensor, Tensor],
    keys: Tensor,
    run: Tensor,
) -> Tensor:
    """A point drawn uniformly from the ball, projected onto the intersection.

    Args: see `ball.random_start`.
    """
    shape = clean.shape[1:]
    # Exponential sizes over their sum are uniform on a face of the ball.
    draws = 2.0 * random.uniform(keys, shape, 2 * run) - 1.0
    size = -ops.log(ops.maximum(ops.abs(draws), 1e-30))
    radius = random.uniform(keys, (), 2 * run + 1)
    radius = radius ** (1.0 / math.prod(shape))
    length = ops.maximum(norm(size), 1e-30)
    scale = _wide(eps * radius / length, clean)
    return project(clean + ops.sign(draws) * size * scale, clean, eps, bounds)


def normal_start(
    clean: Tensor,
    eps: Tensor,
    bounds: tuple[Tensor, Tensor],
    keys: Tensor,
    run: Tensor,
) -> Tensor:
    """The closest point to standard normal noise, the start of APGD.

    Args: see `ball.random_start`.
    """
    noise = random.normal(keys, clean.shape[1:], run)
    return project(clean + noise, clean, eps, bounds)


def _limits(
    delta: Tensor, clean: Tensor, bounds: tuple[Tensor, Tensor]
) -> Tensor:
    """How far each value may move in the direction of `delta`."""
    lower, upper = bounds
    return ops.where(delta > 0, upper - clean, clean - lower)


def _flat(x: Tensor) -> Tensor:
    return ops.reshape(x, (ops.shape(x)[0], math.prod(x.shape[1:])))


def _wide(value: Tensor, x: Tensor) -> Tensor:
    return ops.reshape(value, (-1,) + (1,) * (len(x.shape) - 1))
