"""Fast Adaptive Boundary: small perturbations that cross the boundary."""

from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import geometry
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.hyperplane import step_to_hyperplane
from keras_ceb._src.robustness.attacks.pursuit import Run
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.robustness.attacks.targets import ranked_target
from keras_ceb._src.validation import positive_integer

_ALPHA_MAX = 0.1
_ETA = 1.05
_BETA = 0.9


class FAB(StepAttack):
    """Targeted Fast Adaptive Boundary attack (FAB-T), of minimum norm.

    Each step moves to the hyperplane that approximates the boundary between
    the label and the target, within the range of the input, mixed with the
    projection of the clean input on it; from a misclassified point it goes
    back towards the clean input. An image counts as fooled where a
    misclassified point lies within `eps`.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the input.
        steps: Number of steps.
        restarts: How many times to start; all but the first start from a
            random point.
        num_targets: Over how many wrong classes the target runs, by the rank
            of their logits.
        bounds: Pair of numbers, the range of the input.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow; see `Attack`.

    Call arguments: see `Attack`.

    Example:

    ```python
    x_adversarial = FAB("l2", eps=0.5)(model, x, y)
    ```

    Reference: Croce and Hein, 2020, "Minimally distorted adversarial examples
    with a fast adaptive boundary attack"; targeted as in AutoAttack.
    """

    stops_when_fooled = True

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        steps: int = 100,
        *,
        restarts: int = 1,
        num_targets: int = 9,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        super().__init__(
            norm, eps, bounds=bounds, seed=seed, jit_compile=jit_compile
        )
        self.num_steps = positive_integer(steps, "steps")
        self.restarts = positive_integer(restarts, "restarts")
        self.num_targets = positive_integer(num_targets, "num_targets")

    def params(self, run: Run) -> dict[str, Any]:
        return {
            **super().params(run),
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

    def start(
        self, oracle: engine.Oracle, data: Any, params: Any
    ) -> dict[str, Any]:
        clean = data["x"]
        logits = oracle.logits(clean, 0)
        state = states.first_state(clean)
        # Half way to the boundary of the ball, as the original does.
        start = geometry.boundary_start(
            clean,
            0.5 * params["eps"] * params["random_start"],
            (params["lower"], params["upper"]),
            self.norm,
            params["seed"],
            data["index"],
            params["run"],
        )
        return {
            **state,
            "x": start,
            "target": ranked_target(logits, data["y"], params["target_rank"]),
            "distance": ops.zeros_like(state["best_loss"]) + float("inf"),
        }

    def step(
        self,
        oracle: engine.Oracle,
        data: Any,
        params: Any,
        state: dict[str, Any],
        i: Any,
    ) -> dict[str, Any]:
        x, clean, y = state["x"], data["x"], data["y"]
        bounds = (params["lower"], params["upper"])

        def lead_of_target(logits):
            pair = ops.stack([state["target"], y], axis=1)
            both = ops.take_along_axis(logits, pair, axis=1)
            return both[:, 0] - both[:, 1]

        lead, _, gradient = oracle.gradient(x, 2 * i + 1, lead_of_target)
        # The hyperplane { p : gradient . p = level }, seen from both points.
        from_x = step_to_hyperplane(x, gradient, -lead, bounds, self.norm)
        gap = -lead - ops.sum(
            gradient * (clean - x), axis=tuple(range(1, len(x.shape)))
        )
        from_clean = step_to_hyperplane(clean, gradient, gap, bounds, self.norm)
        length = ops.maximum(geometry.norm_of(from_x, self.norm), 1e-8)
        length_clean = ops.maximum(
            geometry.norm_of(from_clean, self.norm), 1e-8
        )
        alpha = ops.minimum(length / (length + length_clean), _ALPHA_MAX)
        alpha = geometry.per_image(alpha, x)
        x = (1.0 - alpha) * (x + _ETA * from_x)
        x = x + alpha * (clean + _ETA * from_clean)
        x = ops.clip(x, *bounds)

        logits = oracle.logits(x, 2 * i + 2)
        crossed = states.is_fooled(logits, y)
        distance = geometry.norm_of(x - clean, self.norm)
        closer = ops.logical_and(crossed, distance < state["distance"])
        inside = ops.logical_and(closer, distance <= params["eps"])
        loss = ops.where(inside, -distance, state["best_loss"])
        wide = geometry.per_image(inside, x)
        back = clean + _BETA * (x - clean)
        return {
            **state,
            "x": ops.where(geometry.per_image(crossed, x), back, x),
            "best": ops.where(wide, x, state["best"]),
            "best_loss": loss,
            "distance": ops.where(closer, distance, state["distance"]),
            "fooled": ops.logical_or(state["fooled"], inside),
            "nan": ops.logical_or(state["nan"], states.any_nan(logits)),
        }
