"""The state of an attack: a dict of tensors with one row per image.

Every state has the keys of `first_state`: the current point `x`, the `best`
point so far with its loss, whether it is misclassified (`fooled`), and whether
the model returned a NaN.
"""

from typing import TypeAlias

from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.typing import Tensor

# One row per image each: the state, and what does not change, the clean
# inputs `x`, the labels `y`, the numbers `index` of the images in their data
# set, and `target` if targets are given.
State: TypeAlias = dict[str, Tensor]
Rows: TypeAlias = dict[str, Tensor]
# Numbers that all images share, see `StepAttack.params`.
Params: TypeAlias = dict[str, Tensor]


def is_fooled(logits: Tensor, y: Tensor) -> Tensor:
    """Whether the largest logit is not that of the label, `[n]`."""
    return ops.not_equal(ops.cast(ops.argmax(logits, axis=1), y.dtype), y)


def any_nan(logits: Tensor) -> Tensor:
    """Whether an image has a NaN among its logits, `[n]`."""
    return ops.any(ops.isnan(logits), axis=1)


def stronger(new: State, old: State) -> Tensor:
    """Whether `new` is stronger than `old`: misclassified first, then loss."""
    return ops.logical_or(
        ops.logical_and(new["fooled"], ops.logical_not(old["fooled"])),
        ops.logical_and(
            ops.equal(new["fooled"], old["fooled"]),
            new["best_loss"] > old["best_loss"],
        ),
    )


def keep_best(
    state: State, x: Tensor, logits: Tensor, loss: Tensor, y: Tensor
) -> State:
    """Records `x` in the state where it is the best iterate so far."""
    fooled = is_fooled(logits, y)
    better = stronger({"fooled": fooled, "best_loss": loss}, state)
    return {
        **state,
        "best": ops.where(ball.per_image(better, x), x, state["best"]),
        "best_loss": ops.where(better, loss, state["best_loss"]),
        "fooled": ops.logical_or(state["fooled"], fooled),
        "nan": ops.logical_or(state["nan"], any_nan(logits)),
    }


def first_state(x: Tensor) -> State:
    """The part of the state that every attack has, before any query."""
    rows = ops.zeros_like(ops.reshape(x, (ops.shape(x)[0], -1))[:, 0])
    return {
        "x": x,
        "best": x,
        "best_loss": rows - float("inf"),
        "fooled": ops.zeros_like(rows, dtype="bool"),
        "nan": ops.zeros_like(rows, dtype="bool"),
    }
