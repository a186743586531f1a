"""The ball around a clean input: norms, steps, projections, random starts.

Every function works per image, on `[n, ...]` float32 tensors.
"""

import math
from typing import TypeAlias

from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import l1_ball
from keras_ceb._src.typing import Tensor

# The lowest and the highest value of the input, floats or scalar tensors.
Bounds: TypeAlias = tuple[Tensor, Tensor]

NORMS = ("linf", "l2")
# The share of the values that a step in the L1 ball moves (Tramer and Boneh,
# 2019, "Adversarial training and robustness for multiple perturbations").
_L1_SHARE = 0.01


def per_image(value: Tensor, x: Tensor) -> Tensor:
    """`value` of shape `[n]`, shaped to broadcast against the images `x`."""
    return ops.reshape(value, (-1,) + (1,) * (len(x.shape) - 1))


def _axes(x: Tensor) -> tuple[int, ...]:
    return tuple(range(1, len(x.shape)))


def max_abs(x: Tensor) -> Tensor:
    """The largest absolute value of each image, `[n]`."""
    return ops.max(ops.abs(x), axis=_axes(x))


def l2_norm(x: Tensor) -> Tensor:
    """The Euclidean norm of each image, `[n]`.

    Scaling by the largest value first keeps the squares of tiny and of huge
    values from underflowing and overflowing in float32.
    """
    largest = max_abs(x)
    scale = ops.where(largest > 0, largest, 1.0)
    scaled = x / per_image(scale, x)
    return scale * ops.sqrt(ops.sum(ops.square(scaled), axis=_axes(x)))


def norm_of(delta: Tensor, norm: str) -> Tensor:
    """The `norm` ("linf", "l2" or "l1") of each image, `[n]`."""
    if norm == "l1":
        return l1_ball.norm(delta)
    return max_abs(delta) if norm == "linf" else l2_norm(delta)


def direction(gradient: Tensor, norm: str) -> Tensor:
    """The unit step that raises the loss fastest: sign(g) or g / |g|.

    In the L1 ball that would move a single value; the step moves the 1 % with
    the largest gradients. A zero gradient gives a zero step.
    """
    if norm == "linf":
        return ops.sign(gradient)
    if norm == "l1":
        share = ops.full_like(max_abs(gradient), _L1_SHARE)
        return l1_ball.sparse_step(gradient, share)
    # Scaled by the largest value first, see `l2_norm`.
    largest = max_abs(gradient)
    gradient = gradient / per_image(
        ops.where(largest > 0, largest, 1.0), gradient
    )
    length = ops.sqrt(ops.sum(ops.square(gradient), axis=_axes(gradient)))
    return gradient / per_image(ops.maximum(length, 1e-30), gradient)


def project(
    x: Tensor, clean: Tensor, eps: Tensor, bounds: Bounds, norm: str
) -> Tensor:
    """Projects `x` onto the ball around `clean`, then clips to `bounds`.

    `clean` lies within the bounds, so that clipping only moves a point closer
    to it: the result is in the ball and in the range (Madry et al., 2018). For
    L1, it is the closest point of both, see `l1_ball.project`.
    """
    if norm == "l1":
        return l1_ball.project(x, clean, eps, bounds)
    lower, upper = bounds
    if norm == "linf":
        return ops.minimum(
            ops.maximum(x, ops.maximum(clean - eps, lower)),
            ops.minimum(clean + eps, upper),
        )
    delta = x - clean
    # The lower limit only keeps a zero `delta` from giving 0 / 0.
    factor = ops.minimum(1.0, eps / ops.maximum(l2_norm(delta), 1e-30))
    return ops.clip(clean + delta * per_image(factor, x), lower, upper)


def random_start(
    clean: Tensor,
    eps: Tensor,
    bounds: Bounds,
    norm: str,
    keys: Tensor,
    run: Tensor,
) -> Tensor:
    """A point drawn uniformly from the ball, clipped to `bounds`.

    Args:
        clean: Clean inputs.
        eps: Radius of the ball.
        bounds: Range of the inputs.
        norm: `"linf"`, `"l2"` or `"l1"`.
        keys: `[n, 2]` keys of the images, see `random.image_keys`.
        run: Integer scalar, the number of the start.
    """
    if norm == "l1":
        return l1_ball.random_start(clean, eps, bounds, keys, run)
    shape = clean.shape[1:]
    if norm == "linf":
        delta = 2.0 * random.uniform(keys, shape, run) - 1.0
    else:
        # A radius U^(1/d) makes the point uniform in the volume of the ball.
        radius = random.uniform(keys, (), 2 * run + 1)
        delta = direction(random.normal(keys, shape, 2 * run), norm)
        delta = delta * per_image(radius ** (1.0 / math.prod(shape)), delta)
    return project(clean + eps * delta, clean, eps, bounds, norm)


def boundary_start(
    clean: Tensor,
    eps: Tensor,
    bounds: Bounds,
    norm: str,
    keys: Tensor,
    run: Tensor,
) -> Tensor:
    """A random point on the boundary of the ball, clipped to `bounds`.

    The start of APGD (Croce and Hein, 2020): uniform values scaled by their
    own maximum, or a normal direction; for L1, see `l1_ball.normal_start`.

    Args: see `random_start`.
    """
    if norm == "l1":
        return l1_ball.normal_start(clean, eps, bounds, keys, run)
    shape = clean.shape[1:]
    if norm == "linf":
        delta = 2.0 * random.uniform(keys, shape, run) - 1.0
        # An input of a single number may draw exactly 0.
        largest = ops.maximum(max_abs(delta), 1e-30)
        delta = delta / per_image(largest, delta)
    else:
        delta = direction(random.normal(keys, shape, run), norm)
    return project(clean + eps * delta, clean, eps, bounds, norm)
