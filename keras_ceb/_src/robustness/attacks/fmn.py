"""Fast minimum-norm attack: steps in a ball that follows the boundary."""

import dataclasses

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks import norm_ball
from keras_ceb._src.robustness.attacks.minimum_norm import MinimumNorm
from keras_ceb._src.robustness.attacks.minimum_norm import cosine
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.typing import Tensor

# The paper's: the last relative change of the radius.
_LAST_GAMMA = 0.001


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class FMN(MinimumNorm):
    """Fast minimum-norm attack, in L0, L1, L2 or L-infinity.

    Each step follows the gradient of the margin and is projected onto a ball
    around the clean input, whose radius shrinks by a factor at a
    misclassified point and grows at another. Until a misclassified point is
    found, the radius is that at which the linearized margin is zero, if that
    is larger: unlike the paper's radius, it also grows by the factor then,
    and does not approach a boundary that it never crosses. The factors and
    the lengths of the steps fall along a cosine.

    `minimal_distance` measures the smallest distances that it finds. As any
    attack, it also takes a radius: a misclassified point counts if it lies
    within `eps`, and a call returns the closest one. There are no random
    numbers but those of a model that is stochastic at test time.

    Args:
        norm: `"l0"`, `"l1"`, `"l2"` or `"linf"`.
        eps: Radius of the ball, in the units of the classifier's range; for
            L0, the number of values that may change.
        steps: Number of steps, each with one gradient.
        step_size: Length of the first step in L2, as a share of the range.
        gamma: The first relative change of the radius, from 0 to 1.
        samples: Number of draws of a stochastic model over which logits and
            gradients are averaged (expectation over transformation).
        seed: Integer from 0 to 2**32 - 1, the seed of that model's noise.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    distances = minimal_distance(model, test, FMN("l2", steps=200))
    ```

    Reference: Pintor et al., 2021, "Fast minimum-norm adversarial attacks
    through adaptive norm constraints", algorithm 1.
    """

    norms = norm_ball.NORMS

    def first_radius(self, params: Params) -> Tensor:
        # For the other norms, the first query decides.
        return np.float32(1.0 if self.norm == "l0" else 0.0)

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        x, clean = state["x"], data["x"]
        margin, logits, gradient = oracle.gradient(
            x, i, lambda logits: losses.margin(logits, data["y"])
        )
        share = ops.cast(i, "float32") / params["steps"]
        gamma = cosine(params["gamma"], _LAST_GAMMA, share)
        state, crossed = self.record(data, params, state, logits)
        radius = self._next_radius(
            state, crossed, gamma, x - clean, margin, gradient
        )
        delta = self.step_along(data, params, state, gradient, share)
        x = clean + norm_ball.project(delta, radius, self.norm)
        x = ops.clip(x, params["lower"], params["upper"])
        return {**state, "x": x, "radius": radius}

    def _next_radius(
        self,
        state: State,
        crossed: Tensor,
        gamma: Tensor,
        delta: Tensor,
        margin: Tensor,
        gradient: Tensor,
    ) -> Tensor:
        """The radius after the query at `delta`."""
        radius, closest = state["radius"], state["distance"]
        if self.norm == "l0":
            # By at least one value, and always by whole ones.
            smaller = ops.minimum(radius - 1, ops.floor(radius * (1 - gamma)))
            larger = ops.maximum(radius + 1, ops.floor(radius * (1 + gamma)))
        else:
            smaller = radius * (1 - gamma)
            steepness = norm_ball.dual_norm_of(gradient, self.norm)
            # The lower limit only keeps a zero gradient from giving 0 / 0.
            away = ops.abs(margin) / ops.maximum(steepness, 1e-30)
            estimate = norm_ball.norm_of(delta, self.norm) + away
            larger = radius * (1 + gamma)
            larger = ops.where(
                ops.isinf(closest), ops.maximum(larger, estimate), larger
            )
        smaller = ops.minimum(smaller, closest)
        return ops.maximum(ops.where(crossed, smaller, larger), 0.0)
