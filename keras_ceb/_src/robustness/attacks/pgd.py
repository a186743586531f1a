"""Projected gradient descent."""

import dataclasses
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import l1_ball
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks import targets
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import any_number
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

# The numbers of the queries at the last iterate, whatever its step, and at the
# corner.
_LAST_QUERY = 2**16
_CORNER_QUERY = 2**16 + 1


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class PGD(StepAttack):
    """Projected gradient descent in the L-infinity, L2 or L1 ball.

    Each step follows the sign of the gradient of the loss (L-infinity), its
    direction (L2) or the signs of its largest 1 % (L1), is projected onto the
    ball around the clean input and clipped to the range. The result is the
    strongest point, not the last: a misclassified one if there is any,
    otherwise the one with the highest loss. The candidates are the iterates
    and one more point, the clean input moved by all of `eps` along the first
    gradient (for L1, to where that gains most in the ball and the range). Most
    images that are misclassified at all are misclassified there, which saves
    `robust_accuracy` their other steps.

    Args:
        norm: `"linf"`, `"l2"` or `"l1"`.
        eps: Radius of the ball, in the units of the classifier's range.
        steps: Number of steps n.
        step_size: Length of a step, in the units of `eps`. `None` means
            4/3 eps/n.
        random_start: Whether to start from a random point in the ball instead
            of the clean input.
        restarts: Number of starts, each on the images that are still
            classified correctly.
        target: `"none"` is untargeted; `"random"` targets a wrong class, drawn
            once per image; `"least_likely"` the class with the lowest logit;
            `"given"` the `targets` of the call.
        loss: The loss to maximize: `"margin"`, `"cross_entropy"`, `"dlr"`,
            `"log_odds"` or `"scaled_cross_entropy"`. Most of the literature
            uses cross-entropy, but large logits mask its gradient; they do
            not mask that of the default, nor that of the log-odds, which has
            the same direction as that of cross-entropy.
        samples: Number of draws of a stochastic model over which logits and
            gradients are averaged (expectation over transformation).
        keep: `"best"`, or `"last"` to use only the last iterate, as in the
            original.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    attack = keras_ceb.robustness.attacks.PGD("linf", eps=8 / 255, steps=20)
    x_adversarial = attack(model, x, y)
    ```

    Reference: Madry et al., 2018, "Towards deep learning models resistant to
    adversarial attacks"; targets: Kurakin et al., 2017; samples: Athalye et
    al., 2018, "Synthesizing robust adversarial examples"; L1: Tramèr and
    Boneh, 2019, "Adversarial training and robustness for multiple
    perturbations", and Croce and Hein, 2021, "Mind the box".
    """

    steps: int = 20
    _: dataclasses.KW_ONLY
    step_size: float | None = None
    random_start: bool = True
    restarts: int = 1
    target: str = "none"
    loss: str = "margin"
    samples: int = 1
    keep: str = "best"

    norms = (*ball.NORMS, "l1")
    begins = True

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(
            steps=positive_integer(self.steps, "steps"),
            step_size=_check_step_size(self.step_size),
            random_start=boolean(self.random_start, "random_start"),
            restarts=positive_integer(self.restarts, "restarts"),
            samples=positive_integer(self.samples, "samples"),
        )
        one_of(self.target, "target", targets.CHOICES)
        one_of(self.loss, "loss", losses.LOSSES)
        one_of(self.keep, "keep", ("best", "last"))
        if self.restarts > 1 and not self.random_start:
            raise ValueError(
                "`random_start` must be True if `restarts` is larger than 1: "
                "without it, all starts are the same. Received: "
                f"restarts={self.restarts}, random_start=False"
            )

    @property
    def title(self) -> str:
        return f"PGD-{self.steps}"

    @property
    def told_by_title(self) -> tuple[str, ...]:
        return ("steps",)

    @property
    def steps_at_start(self) -> int:
        return 1 if self.keep == "best" else 0

    def static_key(self) -> tuple[Any, ...]:
        return (
            *super().static_key(),
            self.random_start,
            self.target,
            self.loss,
            self.keep,
        )

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        step_size = self.step_size
        if step_size is None:
            step_size = 4 / 3 * self.eps / self.steps
        return {
            **super().params(run, bounds),
            "step_size": np.float32(step_size),
        }

    def classes_needed(self) -> int:
        return losses.classes_needed(self.loss, self.target != "none")

    def runs(self, num_classes: int) -> list[Run]:
        return [Run(self, number) for number in range(self.restarts)]

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        state = states.first_state(data["x"])
        if "begin" in data:
            state["x"] = self.project(data["begin"], data, params)
        elif self.random_start:
            state["x"] = ball.random_start(
                data["x"],
                params["eps"],
                (params["lower"], params["upper"]),
                self.norm,
                self.keys(data, params),
                params["run"],
            )
        if self.target == "random":
            # Only the number of classes is used: the compiler removes the call.
            num_classes = oracle.logits(data["x"], 0).shape[-1]
            state["target"] = targets.random_target(
                data["y"], num_classes, self.keys(data, params)
            )
        elif self.target == "least_likely":
            logits = oracle.logits(data["x"], 0)
            state["target"] = targets.least_likely_target(logits)
        if self.keep == "best":
            return self._first_step(oracle, data, params, state)
        return state

    def _first_step(
        self, oracle: Oracle, data: Rows, params: Params, state: State
    ) -> State:
        """Step 0, and a query at the corner that its gradient points to."""
        state, gradient = self._follow(oracle, data, params, state, 0)
        if self.norm == "l1":
            bounds = params["lower"], params["upper"]
            corner = l1_ball.corner(gradient, data["x"], params["eps"], bounds)
        else:
            direction = ball.direction(gradient, self.norm)
            corner = data["x"] + params["eps"] * direction
            corner = self.project(corner, data, params)
        return self._judge(oracle, data, state, corner, _CORNER_QUERY)

    def _follow(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> tuple[State, Tensor]:
        """The state after one step along the gradient, and the gradient."""
        x = state["x"]
        value, logits, gradient = oracle.gradient(
            x, i + 1, lambda logits: self._loss(logits, data, state)
        )
        if self.keep == "best":
            state = states.keep_best(state, x, logits, value, data["y"])
        useful = gradient
        if self.norm == "l1":
            bounds = params["lower"], params["upper"]
            useful = l1_ball.inward(gradient, x, bounds)
        direction = ball.direction(useful, self.norm)
        x = self.project(x + params["step_size"] * direction, data, params)
        return {**state, "x": x}, gradient

    def _judge(
        self,
        oracle: Oracle,
        data: Rows,
        state: State,
        x: Tensor,
        query: Tensor,
    ) -> State:
        """The state after a query at `x`, without a gradient."""
        logits = oracle.logits(x, query)
        value = self._loss(logits, data, state)
        return states.keep_best(state, x, logits, value, data["y"])

    def _loss(self, logits: Tensor, data: Rows, state: State) -> Tensor:
        target = state.get("target", data.get("target"))
        return losses.LOSSES[self.loss](logits, data["y"], target)

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        return self._follow(oracle, data, params, state, i)[0]

    def finish(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
    ) -> State:
        return self._judge(oracle, data, state, state["x"], _LAST_QUERY)


def _check_step_size(step_size: Any) -> float | None:
    if step_size is None:
        return None
    number = any_number(step_size, "step_size")
    if not 0 <= number < float("inf"):
        raise ValueError(
            "`step_size` must be finite and not negative. "
            f"Received: step_size={step_size}"
        )
    return number
