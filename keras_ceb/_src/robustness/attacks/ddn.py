"""Decoupled direction and norm: a radius that follows the boundary."""

import dataclasses
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks.minimum_norm import MinimumNorm
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of

_SWITCHED = "log_odds_then_margin"


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class DDN(MinimumNorm):
    """Decoupled direction and norm (DDN), an attack of minimum L2 norm.

    Each step follows the gradient of the loss and is scaled to a radius,
    which shrinks by a factor at a misclassified point and grows by it at
    another. The lengths of the steps fall along a cosine.

    `minimal_distance` measures the smallest distances that it finds. As any
    attack, it also takes a radius: a misclassified point counts if it lies
    within `eps`, and a call returns the closest one. There are no random
    numbers but those of a model that is stochastic at test time.

    Args:
        norm: `"l2"`.
        eps: Radius of the ball, in the units of the classifier's range.
        steps: Number of steps, each with one gradient.
        step_size: Length of the first step, as a share of the range.
        gamma: The relative change of the radius, from 0 to 1.
        first_norm: The radius before the first step, as a share of the range.
        loss: The loss to maximize. `"log_odds_then_margin"` is the log-odds of
            an error in the first half of the steps, which weighs all classes,
            and the margin to the closest class in the second. Also
            `"log_odds"`, `"cross_entropy"`, `"margin"`, `"dlr"` or
            `"scaled_cross_entropy"` in all steps. The paper uses
            cross-entropy; the gradient of the log-odds has the same
            direction, the only thing that DDN takes from it, but large
            logits do not mask it.
        samples: Number of draws of a stochastic model over which logits and
            gradients are averaged (expectation over transformation).
        seed: Integer from 0 to 2**32 - 1, the seed of that model's noise.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    distances = minimal_distance(model, test, DDN(steps=200))
    ```

    Reference: Rony et al., 2019, "Decoupling direction and norm for efficient
    gradient-based L2 adversarial attacks and defenses", algorithm 1, without
    the quantization to 256 levels.
    """

    norm: str = "l2"
    eps: float = 0.5
    _: dataclasses.KW_ONLY
    first_norm: float = 1.0
    loss: str = _SWITCHED

    norms = ("l2",)

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            first_norm=finite_number(
                self.first_norm, "first_norm", minimum=0.0
            ),
        )
        one_of(self.loss, "loss", (_SWITCHED, *losses.LOSSES))

    def static_key(self) -> tuple[Any, ...]:
        return (*super().static_key(), self.loss)

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        width = bounds[1] - bounds[0]
        return {
            **super().params(run, bounds),
            "first_norm": np.float32(self.first_norm * width),
        }

    def classes_needed(self) -> int:
        return losses.classes_needed(self.loss)

    def first_radius(self, params: Params) -> Tensor:
        return params["first_norm"]

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        x, clean = state["x"], data["x"]
        share = ops.cast(i, "float32") / params["steps"]
        _, logits, gradient = oracle.gradient(
            x, i, lambda logits: self._loss(logits, data["y"], share)
        )
        state, crossed = self.record(data, params, state, logits)
        delta = self.step_along(data, params, state, gradient, share)
        sign = ops.where(crossed, -1.0, 1.0)
        radius = state["radius"] * (1.0 + sign * params["gamma"])
        # Nothing in the range is farther away.
        corner = ops.maximum(clean - params["lower"], params["upper"] - clean)
        radius = ops.minimum(radius, ball.l2_norm(corner))
        x = clean + ball.per_image(radius, x) * ball.direction(delta, "l2")
        x = ops.clip(x, params["lower"], params["upper"])
        return {**state, "x": x, "radius": radius}

    def _loss(self, logits: Tensor, y: Tensor, share: Tensor) -> Tensor:
        if self.loss != _SWITCHED:
            return losses.LOSSES[self.loss](logits, y)
        return ops.where(
            share < 0.5, losses.log_odds(logits, y), losses.margin(logits, y)
        )
