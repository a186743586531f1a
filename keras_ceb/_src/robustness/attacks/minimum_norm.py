"""Attacks that search the closest misclassified point."""

import dataclasses
import math
from typing import TypeVar

import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import norm_ball
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import positive_integer

Self = TypeVar("Self", bound="MinimumNorm")

# FMN's and DDN's: the last length of a step relative to the first.
_LAST_STEP = 0.01
# The number of the query at the last iterate, whatever its step.
_LAST_QUERY = 2**16


@dataclasses.dataclass(frozen=True)
class MinimumNorm(StepAttack):
    """Base class of the attacks that search the closest misclassified point.

    The search itself does not depend on `eps`: it is only the radius within
    which a misclassified point counts. `minimal_distance` measures the
    distances, without a radius.

    A point is queried once per step, and once more at the end. The state has
    the `distance` of the closest misclassified point so far, infinite before
    one is found, and the `radius` of the ball that the next point is in.

    Args: see `StepAttack`.
    """

    steps: int = 100
    _: dataclasses.KW_ONLY
    step_size: float = 1.0
    gamma: float = 0.05
    samples: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            steps=positive_integer(self.steps, "steps"),
            samples=positive_integer(self.samples, "samples"),
            step_size=finite_number(self.step_size, "step_size", minimum=0.0),
            gamma=finite_number(self.gamma, "gamma", minimum=0.0, maximum=1.0),
        )

    def unlimited(
        self: Self, bounds: tuple[float, float], shape: Shape
    ) -> Self:
        """The same attack, whose ball contains every input.

        Args:
            bounds: The range of the inputs.
            shape: The shape of one input.
        """
        size = math.prod(n or 1 for n in shape)
        width = bounds[1] - bounds[0]
        eps = {
            "l0": size,
            "l1": width * size,
            "l2": width * math.sqrt(size),
            "linf": width,
        }[self.norm]
        return dataclasses.replace(self, eps=float(eps))

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        return {
            **super().params(run, bounds),
            "steps": np.float32(self.steps),
            "step_size": np.float32(self.step_size * (bounds[1] - bounds[0])),
            "gamma": np.float32(self.gamma),
        }

    def runs(self, num_classes: int) -> list[Run]:
        return [Run(self)]

    def first_radius(self, params: Params) -> Tensor:
        """The radius before any query, a scalar."""
        raise NotImplementedError

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        state = states.first_state(data["x"])
        zeros = ops.zeros_like(state["best_loss"])
        return {
            **state,
            "distance": zeros + float("inf"),
            "radius": zeros + self.first_radius(params),
        }

    def record(
        self, data: Rows, params: Params, state: State, logits: Tensor
    ) -> tuple[State, Tensor]:
        """The state with the current point, and where it is misclassified.

        Args:
            data: See `StepAttack`.
            params: See `StepAttack`.
            state: The state, with the current point `x`.
            logits: The logits of that point.
        """
        x = state["x"]
        crossed = states.is_fooled(logits, data["y"])
        distance = norm_ball.norm_of(x - data["x"], self.norm)
        closer = ops.logical_and(crossed, distance < state["distance"])
        inside = ops.logical_and(closer, distance <= params["eps"])
        wide = ball.per_image(inside, x)
        state = {
            **state,
            "best": ops.where(wide, x, state["best"]),
            "best_loss": ops.where(inside, -distance, state["best_loss"]),
            "distance": ops.where(closer, distance, state["distance"]),
            "fooled": ops.logical_or(state["fooled"], inside),
            "nan": ops.logical_or(state["nan"], states.any_nan(logits)),
        }
        return state, crossed

    def step_along(
        self,
        data: Rows,
        params: Params,
        state: State,
        gradient: Tensor,
        share: Tensor,
    ) -> Tensor:
        """What the next point adds to the clean input, before it is scaled.

        Args:
            data: See `StepAttack`.
            params: See `StepAttack`.
            state: The state, with the current point `x`.
            gradient: The gradient there.
            share: Share of the steps that are done, which shortens the step.
        """
        length = params["step_size"] * cosine(1.0, _LAST_STEP, share)
        direction = ball.direction(gradient, "l2")
        return state["x"] - data["x"] + length * direction

    def finish(
        self, oracle: Oracle, data: Rows, params: Params, state: State
    ) -> State:
        logits = oracle.logits(state["x"], _LAST_QUERY)
        return self.record(data, params, state, logits)[0]


def cosine(first: Tensor, last: Tensor, share: Tensor) -> Tensor:
    """From `first` at `share` 0 to `last` at 1, along half a cosine wave."""
    return last + (first - last) * 0.5 * (1.0 + ops.cos(np.pi * share))
