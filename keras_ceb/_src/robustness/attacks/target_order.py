"""The order in which targeted attacks take the wrong classes."""

from collections.abc import Callable

from keras import ops

from keras_ceb._src.robustness.attacks import norm_ball
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.targets import ranked_targets
from keras_ceb._src.typing import Tensor

# MALT's candidates are the classes of this many of the largest logits.
_CANDIDATES = 100
# The first query of the gradients, after those of the steps.
_FIRST_QUERY = 2**16 + 2


def by_logits(oracle: Oracle, data: Rows, norm: str) -> Tensor:
    """`[n, num_classes - 1]` wrong classes, by descending logits."""
    del norm
    return ranked_targets(oracle.logits(data["x"], 0), data["y"])


def by_malt(oracle: Oracle, data: Rows, norm: str) -> Tensor:
    """`[n, k]` wrong classes, by ascending linearized distance (MALT).

    Args:
        oracle: `Oracle`.
        data: Images `x` and labels `y`.
        norm: The norm of the distance.

    Reference: Melamed, Yehudai and Shamir, 2024, section 4.
    """
    x, y = data["x"], data["y"]
    candidates = by_logits(oracle, data, norm)
    count = min(_CANDIDATES, candidates.shape[1])
    candidates = candidates[:, :count]

    def add(j: Tensor, distances: Tensor) -> Tensor:
        target = ops.take(candidates, j, axis=1)

        def margin(logits: Tensor) -> Tensor:
            pair = ops.stack([y, target], axis=1)
            both = ops.take_along_axis(logits, pair, axis=1)
            return both[:, 0] - both[:, 1]

        gap, _, gradient = oracle.gradient(x, _FIRST_QUERY + j, margin)
        distance = linearized_distance(gap, gradient, norm)
        return ops.where(ops.arange(count) == j, distance[:, None], distances)

    rows = ops.zeros_like(ops.cast(candidates, "float32"))
    distances = ops.fori_loop(0, count, add, rows)
    return ops.take_along_axis(
        candidates, ops.argsort(distances, axis=1), axis=1
    )


def linearized_distance(gap: Tensor, gradient: Tensor, norm: str) -> Tensor:
    """The distance to the hyperplane where a linearized gap closes, `[n]`.

    It is the gap over the dual norm of its gradient, and infinite where the
    gradient is zero.

    Args:
        gap: `[n]` gaps.
        gradient: `[n, ...]` their gradients.
        norm: `"linf"`, `"l2"` or `"l1"`.
    """
    dual = norm_ball.dual_norm_of(gradient, norm)
    reachable = dual > 0
    return ops.where(
        reachable, gap / ops.where(reachable, dual, 1.0), float("inf")
    )


# Those that take several gradients: the runs of an attack share them.
SHARED = ("malt",)

ORDERS: dict[str, Callable[[Oracle, Rows, str], Tensor]] = {
    "logits": by_logits,
    "malt": by_malt,
}
