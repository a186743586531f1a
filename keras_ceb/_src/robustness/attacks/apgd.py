"""Auto-PGD: projected gradient descent with an adaptive step size."""

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import adaptive_sparsity
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# Weight of the gradient step against the momentum term.
_STEP_SHARE = 0.75
# The search oscillates if the loss rises in at most this share of the steps.
_RHO = 0.75


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class APGD(StepAttack):
    """Auto-PGD: projected gradient descent with an adaptive step size.

    The first step size is 2 eps. At each checkpoint, the step size is halved
    and the search returns to its best point for the images whose loss has
    risen in at most 3/4 of the steps since the last checkpoint, or whose best
    loss has not improved since then although the step size was kept there.

    In the L1 ball, steps move few values, 20 % of them at first, without
    momentum. After each 4 % of the steps, a search whose best point has become
    sparser starts again from there, with 2/3 of its values and the first step
    size eps; the step size of the others is divided by 1.5, down to eps/10.

    Args:
        norm: `"linf"`, `"l2"` or `"l1"`.
        eps: Radius of the ball, in the units of the classifier's range.
        steps: Number of steps.
        restarts: Number of starts, each on the images that are still
            classified correctly.
        loss: `"cross_entropy"` (APGD-CE), `"dlr"` (APGD-DLR), `"margin"`,
            `"log_odds"` or `"scaled_cross_entropy"`.
        targets: `"none"` is untargeted. `"logits"` and `"malt"` target wrong
            classes, one run for each (APGD-T, with `loss="dlr"`); any
            misclassification counts. `"logits"` takes them in descending
            order of their logits, `"malt"` in ascending order of the distance
            to their boundary, as linearized at the input: the margin over the
            dual norm of its gradient, for the 100 largest logits.
        num_targets: Number of wrong classes to target.
        samples: Number of draws of a stochastic model over which logits and
            gradients are averaged (expectation over transformation).
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    x_adversarial = APGD("linf", eps=8 / 255, loss="dlr")(model, x, y)
    ```

    Reference: Croce and Hein, 2020, "Reliable evaluation of adversarial
    robustness with an ensemble of diverse parameter-free attacks", Algorithm
    1; L1: Croce and Hein, 2021, "Mind the box: l1-APGD for sparse adversarial
    attacks on image classifiers", with a single radius; MALT: Melamed, Yehudai
    and Shamir, 2024, "MALT powers up adversarial attacks".
    """

    steps: int = 100
    _: dataclasses.KW_ONLY
    restarts: int = 1
    loss: str = "cross_entropy"
    targets: str = "none"
    num_targets: int = 9
    samples: int = 1

    norms = (*ball.NORMS, "l1")
    begins = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            steps=positive_integer(self.steps, "steps"),
            restarts=positive_integer(self.restarts, "restarts"),
            num_targets=positive_integer(self.num_targets, "num_targets"),
            samples=positive_integer(self.samples, "samples"),
        )
        one_of(self.loss, "loss", losses.LOSSES)
        one_of(self.targets, "targets", ("none", *target_order.ORDERS))

    @property
    def title(self) -> str:
        short = {"cross_entropy": "CE", "dlr": "DLR"}.get(self.loss, self.loss)
        kind = {"none": "", "logits": "-targeted", "malt": "-MALT"}
        return f"APGD-{short}{kind[self.targets]}"

    @property
    def told_by_title(self) -> tuple[str, ...]:
        return ("loss", "targets")

    def static_key(self) -> tuple[Any, ...]:
        return (
            *super().static_key(),
            self.steps,
            self.loss,
            self.targets,
        )

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        return {
            **super().params(run, bounds),
            "target_rank": np.int32(run.target_rank),
        }

    def classes_needed(self) -> int:
        return losses.classes_needed(self.loss, self._is_targeted)

    @property
    def _is_targeted(self) -> bool:
        return self.targets != "none"

    @property
    def target_order(self) -> str:
        return self.targets

    def runs(self, num_classes: int) -> list[Run]:
        number = min(self.num_targets, num_classes - 1)
        ranks = range(number if self._is_targeted else 1)
        return [
            Run(self, number * len(ranks) + rank, rank)
            for number in range(self.restarts)
            for rank in ranks
        ]

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        state = states.first_state(data["x"])
        if self._is_targeted:
            order = self.ordered_targets(oracle, data)
            state["target"] = ops.take(order, params["target_rank"], axis=1)
        if "begin" in data:
            x = self.project(data["begin"], data, params)
        else:
            x = ball.boundary_start(
                data["x"],
                params["eps"],
                (params["lower"], params["upper"]),
                self.norm,
                self.keys(data, params),
                params["run"],
            )
        loss, logits, gradient = self._gradient(oracle, data, state, x, 1)
        state = states.keep_best(state, x, logits, loss, data["y"])
        ones = ops.ones_like(loss)
        sparse = {}
        if self.norm == "l1":
            sparse = adaptive_sparsity.first_state(x, params["eps"])
        return {
            **state,
            "x": x,
            "x_before": x,
            "gradient": gradient,
            "loss": loss,
            "peak": x,
            "peak_gradient": gradient,
            "peak_loss": loss,
            "peak_loss_at_checkpoint": loss,
            "step_size": 2.0 * params["eps"] * ones,
            "rises": 0.0 * ones,
            "halved": ops.ones_like(loss, dtype="bool"),
            **sparse,
        }

    def _gradient(
        self,
        oracle: Oracle,
        data: Rows,
        state: State,
        x: Tensor,
        query: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:
        loss = losses.LOSSES[self.loss]
        target = state.get("target")
        return oracle.gradient(
            x, query, lambda logits: loss(logits, data["y"], target)
        )

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        x = state["x"]
        x_new = self._next(state, data, params, i)
        loss, logits, gradient = self._gradient(
            oracle, data, state, x_new, i + 2
        )
        state = states.keep_best(state, x_new, logits, loss, data["y"])
        rises = state["rises"] + ops.cast(loss > state["loss"], "float32")
        peak = loss > state["peak_loss"]
        wide = ball.per_image(peak, x)
        state = {
            **state,
            "x": x_new,
            "x_before": x,
            "gradient": gradient,
            "loss": loss,
            "rises": rises,
            "peak": ops.where(wide, x_new, state["peak"]),
            "peak_gradient": ops.where(wide, gradient, state["peak_gradient"]),
            "peak_loss": ops.where(peak, loss, state["peak_loss"]),
        }
        if self.norm == "l1":
            due = (i + 1) % adaptive_sparsity.window(self.steps) == 0
            return adaptive_sparsity.at_checkpoint(
                state, data["x"], params["eps"], due
            )
        return _at_checkpoint(state, self._window(i))

    def _next(
        self, state: State, data: Rows, params: Params, i: Tensor
    ) -> Tensor:
        """The point of step `i`, from the gradient at the last one."""
        if self.norm == "l1":
            return adaptive_sparsity.step(state, data["x"], params)
        x, momentum = state["x"], state["x"] - state["x_before"]
        step_size = ball.per_image(state["step_size"], x)
        move = step_size * ball.direction(state["gradient"], self.norm)
        moved = self.project(x + move, data, params)
        share = ops.where(i > 0, _STEP_SHARE, 1.0)
        mixed = x + share * (moved - x) + (1.0 - share) * momentum
        return self.project(mixed, data, params)

    def _window(self, i: Tensor) -> Tensor:
        """The length of the window that ends with step `i`, 0 for none."""
        table = ops.convert_to_tensor(checkpoint_windows(self.steps))
        return ops.take(table, i)


def checkpoint_windows(steps: int) -> np.ndarray:
    """For each step the length of the window that ends there, or 0.

    The first window has 0.22 of the steps, each further one 0.03 less, and
    none less than 0.06 (section 3 of the paper, rounded as in its code).
    """
    window = max(int(0.22 * steps), 1)
    shortest = max(int(0.06 * steps), 1)
    shrink = max(int(0.03 * steps), 1)
    windows = np.zeros(steps, "float32")
    step = window
    while step <= steps:
        windows[step - 1] = window
        window = max(window - shrink, shortest)
        step += window
    return windows


def _at_checkpoint(state: State, window: Tensor) -> State:
    """Halves the step and returns to the best point if the search is stuck."""
    checkpoint = window > 0
    oscillates = state["rises"] <= _RHO * window
    stalls = ops.logical_and(
        ops.logical_not(state["halved"]),
        state["peak_loss_at_checkpoint"] >= state["peak_loss"],
    )
    stuck = ops.logical_or(oscillates, stalls)
    halve = ops.logical_and(checkpoint, stuck)
    wide = ball.per_image(halve, state["x"])
    return {
        **state,
        "x": ops.where(wide, state["peak"], state["x"]),
        "gradient": ops.where(wide, state["peak_gradient"], state["gradient"]),
        "step_size": ops.where(
            halve, 0.5 * state["step_size"], state["step_size"]
        ),
        "rises": ops.where(checkpoint, 0.0, state["rises"]),
        "halved": ops.where(checkpoint, stuck, state["halved"]),
        "peak_loss_at_checkpoint": ops.where(
            checkpoint, state["peak_loss"], state["peak_loss_at_checkpoint"]
        ),
    }
