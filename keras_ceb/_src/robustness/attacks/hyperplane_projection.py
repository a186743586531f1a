"""The shortest step to a hyperplane that stays within the range."""

from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.typing import Tensor

# Newton's method on a piecewise linear function ends after finitely many
# steps; this limit is only a guard.
_MAX_ITERATIONS = 50


def step_to_hyperplane(
    x: Tensor, normal: Tensor, gap: Tensor, bounds: ball.Bounds, norm: str
) -> Tensor:
    """The step d of least `norm` with normal . d = gap and x + d in range.

    Each coordinate moves in the direction that reduces the gap, by lambda
    (L-inf) or lambda |normal_i| (L2), until it reaches the bounds. The
    reduction is a concave, piecewise linear function of lambda, and Newton's
    method finds the lambda that closes the gap from the left. If the range is
    too small to close the gap, the step goes as far as it can.

    Args:
        x: `[n, ...]` points within `bounds`.
        normal: `[n, ...]` normals of the hyperplanes.
        gap: `[n]` values of normal . d to reach.
        bounds: Pair of scalars.
        norm: `"linf"` or `"l2"`.

    Returns:
        `[n, ...]` steps.

    Reference: Croce and Hein, 2020 (FAB), equation 6.
    """
    axes = tuple(range(1, len(x.shape)))
    # Independent of the scale of the logits, so that no square underflows.
    largest = ball.max_abs(normal)
    scale = ops.where(largest > 0, largest, 1.0)
    normal = normal / ball.per_image(scale, x)
    gap = gap / scale
    wanted = ops.abs(gap)
    side = ops.sign(normal) * ball.per_image(ops.sign(gap), x)
    slack = ops.where(side > 0, bounds[1] - x, x - bounds[0])
    weight = ops.abs(normal)
    speed = ops.ones_like(x) if norm == "linf" else weight

    def move(lam: Tensor) -> Tensor:
        return ops.minimum(ball.per_image(lam, x) * speed, slack)

    def newton(
        i: Tensor, lam: Tensor, _: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        wide = ball.per_image(lam, x)
        closed = ops.sum(weight * move(lam), axis=axes)
        free = ops.cast(wide * speed < slack, "float32")
        slope = ops.sum(weight * speed * free, axis=axes)
        missing = wanted - closed
        improves = ops.logical_and(missing > 1e-6 * wanted, slope > 0)
        delta = ops.where(
            improves, missing / ops.where(slope > 0, slope, 1.0), 0.0
        )
        return i + 1, lam + delta, ops.any(improves)

    def unfinished(i: Tensor, lam: Tensor, improves: Tensor) -> Tensor:
        return ops.logical_and(i < _MAX_ITERATIONS, improves)

    start = newton(0, ops.zeros_like(wanted), True)
    _, lam, _ = ops.while_loop(unfinished, newton, start)
    return side * move(lam)
