"""Fast Adaptive Boundary: small perturbations that cross the boundary."""

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.hyperplane_projection import (
    step_to_hyperplane,
)
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# The paper's constants: the largest weight of the clean input, the overshoot
# beyond the hyperplane, and the backward step from a misclassified point.
_ALPHA_MAX = 0.1
_ETA = 1.05
_BETA = 0.9


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class FAB(StepAttack):
    """Targeted Fast Adaptive Boundary attack (FAB-T), of minimum norm.

    Each step linearizes the boundary between the label and the target, and
    mixes the projections of the current point and of the clean input onto
    that hyperplane, within the range of the input. From a misclassified
    point, the search moves back towards the clean input. An image counts as
    misclassified if a misclassified point lies within `eps`.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the classifier's range.
        steps: Number of steps.
        restarts: Number of starts; all but the first are from a random
            point.
        targets: `"logits"` targets wrong classes in descending order of their
            logits, `"malt"` in the order of `APGD(targets="malt")`.
        num_targets: Number of wrong classes to target.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    x_adversarial = FAB("l2", eps=0.5)(model, x, y)
    ```

    Reference: Croce and Hein, 2020, "Minimally distorted adversarial examples
    with a fast adaptive boundary attack"; targeted as in AutoAttack.
    """

    steps: int = 100
    _: dataclasses.KW_ONLY
    restarts: int = 1
    targets: str = "logits"
    num_targets: int = 9

    stops_when_fooled = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            steps=positive_integer(self.steps, "steps"),
            restarts=positive_integer(self.restarts, "restarts"),
            num_targets=positive_integer(self.num_targets, "num_targets"),
        )
        one_of(self.targets, "targets", target_order.ORDERS)

    @property
    def target_order(self) -> str:
        return self.targets

    def static_key(self) -> tuple[Any, ...]:
        return (*super().static_key(), self.targets)

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        return {
            **super().params(run, bounds),
            "target_rank": np.int32(run.target_rank),
            "random_start": np.float32(run.number > 0),
        }

    def runs(self, num_classes: int) -> list[Run]:
        ranks = range(min(self.num_targets, num_classes - 1))
        return [
            Run(self, number, rank)
            for rank in ranks
            for number in range(self.restarts)
        ]

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        clean = data["x"]
        order = self.ordered_targets(oracle, data)
        state = states.first_state(clean)
        # Halfway to the boundary of the ball, as in the original.
        start = ball.boundary_start(
            clean,
            0.5 * params["eps"] * params["random_start"],
            (params["lower"], params["upper"]),
            self.norm,
            self.keys(data, params),
            params["run"],
        )
        return {
            **state,
            "x": start,
            "target": ops.take(order, params["target_rank"], axis=1),
            "distance": ops.zeros_like(state["best_loss"]) + float("inf"),
        }

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        x, clean, y = state["x"], data["x"], data["y"]
        bounds = (params["lower"], params["upper"])

        def lead_of_target(logits: Tensor) -> Tensor:
            pair = ops.stack([state["target"], y], axis=1)
            both = ops.take_along_axis(logits, pair, axis=1)
            return both[:, 0] - both[:, 1]

        lead, _, gradient = oracle.gradient(x, 2 * i + 1, lead_of_target)
        # From both points to the hyperplane { p : gradient . p = level }.
        from_x = step_to_hyperplane(x, gradient, -lead, bounds, self.norm)
        gap = -lead - ops.sum(
            gradient * (clean - x), axis=tuple(range(1, len(x.shape)))
        )
        from_clean = step_to_hyperplane(clean, gradient, gap, bounds, self.norm)
        length = ops.maximum(ball.norm_of(from_x, self.norm), 1e-8)
        length_clean = ops.maximum(ball.norm_of(from_clean, self.norm), 1e-8)
        alpha = ops.minimum(length / (length + length_clean), _ALPHA_MAX)
        alpha = ball.per_image(alpha, x)
        x = (1.0 - alpha) * (x + _ETA * from_x)
        x = x + alpha * (clean + _ETA * from_clean)
        x = ops.clip(x, *bounds)

        logits = oracle.logits(x, 2 * i + 2)
        crossed = states.is_fooled(logits, y)
        distance = ball.norm_of(x - clean, self.norm)
        closer = ops.logical_and(crossed, distance < state["distance"])
        inside = ops.logical_and(closer, distance <= params["eps"])
        loss = ops.where(inside, -distance, state["best_loss"])
        wide = ball.per_image(inside, x)
        back = clean + _BETA * (x - clean)
        return {
            **state,
            "x": ops.where(ball.per_image(crossed, x), back, x),
            "best": ops.where(wide, x, state["best"]),
            "best_loss": loss,
            "distance": ops.where(closer, distance, state["distance"]),
            "fooled": ops.logical_or(state["fooled"], inside),
            "nan": ops.logical_or(state["nan"], states.any_nan(logits)),
        }
