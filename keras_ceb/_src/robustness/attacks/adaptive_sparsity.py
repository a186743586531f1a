"""The steps of APGD in the L1 ball, whose sparsity adapts to the image.

Reference: Croce and Hein, 2021, "Mind the box: l1-APGD for sparse adversarial
attacks on image classifiers", Algorithm 1, with the constants of its code.
"""

from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import l1_ball
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.typing import Tensor

# The share of the values that the first steps move.
_FIRST_SHARE = 0.2
# A step moves this many times fewer values than the best point has moved.
_FEWER = 1.5
# The best point has become sparser if it moves fewer values than this share of
# those before.
_SPARSER = 0.95
# By what the step size is divided where it has not, and the smallest one.
_SHORTER = 1.5
_SHORTEST = 0.1
# The share of the steps after which that is decided.
_WINDOW = 0.04


def first_state(x: Tensor, eps: Tensor) -> State:
    """What `APGD` keeps per image in the L1 ball, beside its other state."""
    ones = ops.ones_like(ops.reshape(x, (ops.shape(x)[0], -1))[:, 0])
    return {
        "share": _FIRST_SHARE * ones,
        "moved_values": _size(x) * ones,
        "step_size": eps * ones,
    }


def step(state: State, clean: Tensor, params: Params) -> Tensor:
    """The next point: a sparse step, projected; without momentum."""
    x = state["x"]
    move = l1_ball.sparse_step(state["gradient"], state["share"])
    move = ball.per_image(state["step_size"], x) * move
    bounds = params["lower"], params["upper"]
    return l1_ball.project(x + move, clean, params["eps"], bounds)


def at_checkpoint(
    state: State, clean: Tensor, eps: Tensor, checkpoint: Tensor
) -> State:
    """Adapts sparsity and step size, and returns to a sparser best point.

    Args:
        state: The state after a step.
        clean: Clean inputs.
        eps: Radius of the ball.
        checkpoint: Boolean scalar, whether it is time to.
    """
    moved = l1_ball.count(state["peak"] - clean)
    sparser = moved < _SPARSER * state["moved_values"]
    shorter = ops.maximum(state["step_size"] / _SHORTER, _SHORTEST * eps)
    restart = ops.logical_and(checkpoint, sparser)
    wide = ball.per_image(restart, state["x"])

    def renewed(value: Tensor, name: str) -> Tensor:
        return ops.where(checkpoint, value, state[name])

    return {
        **state,
        "x": ops.where(wide, state["peak"], state["x"]),
        "gradient": ops.where(wide, state["peak_gradient"], state["gradient"]),
        "share": renewed(moved / (_size(clean) * _FEWER), "share"),
        "step_size": renewed(ops.where(sparser, eps, shorter), "step_size"),
        "moved_values": renewed(moved, "moved_values"),
    }


def window(steps: int) -> int:
    """After how many steps the sparsity adapts."""
    return max(int(_WINDOW * steps), 1)


def _size(x: Tensor) -> float:
    size = 1.0
    for length in x.shape[1:]:
        size *= length
    return size
