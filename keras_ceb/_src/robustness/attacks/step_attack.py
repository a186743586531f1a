"""Attacks that work in steps, inside one compiled function."""

import abc
import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src import backend
from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import one_of

# Separates the random numbers of attacks from those of corruptions.
_SALT = 2**31


@dataclasses.dataclass(frozen=True)
class StepAttack(Attack):
    """Base class of the attacks that work in steps.

    Such an attack is three functions of tensors, `start`, `step` and
    `finish`, on a state with one row per image (see `states.first_state`).
    The loop over the steps runs inside one compiled function, built once per
    model; radius, step size, range, seed and the weights of the model are its
    arguments, in `params`. `static_key` lists the settings that are constants.

    `data` holds the clean inputs `x`, the labels `y`, the indices `index` of
    the images, and `target` if targets are given.

    Args:
        norm: One of `norms`, `"linf"` and `"l2"` for most attacks.
        eps: Radius of the ball, see `Attack`.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow. `"auto"` does
            so if a GPU or TPU is visible; on a CPU, XLA is several times
            slower. JAX always uses XLA, and PyTorch runs attacks eagerly.
    """

    _: dataclasses.KW_ONLY
    seed: int = 0
    jit_compile: bool | str = "auto"

    # Whether `start` begins at the points `begin` of `data`, if there are any.
    begins = False
    # Number of draws of a stochastic model over which gradients are averaged.
    samples = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        self._set(seed=integer_seed(self.seed))
        one_of(self.jit_compile, "jit_compile", ("auto", True, False))

    @property
    @abc.abstractmethod
    def steps(self) -> int:
        """The number of steps."""

    @property
    def steps_at_start(self) -> int:
        """How many of the steps `start` takes."""
        return 0

    @property
    def target_order(self) -> str:
        """How targets are ranked: `"none"`, or one of `target_order.ORDERS`."""
        return "none"

    def ordered_targets(self, oracle: Oracle, data: Rows) -> Tensor:
        """`[n, k]` target classes by their rank.

        All runs share them, so whoever executes several of these computes
        them once and passes them on as `order` in `data`.
        """
        if "order" in data:
            return data["order"]
        return target_order.ORDERS[self.target_order](oracle, data, self.norm)

    @abc.abstractmethod
    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        """The state before step `steps_at_start`."""

    @abc.abstractmethod
    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        """The state after step `i`."""

    def finish(
        self, oracle: Oracle, data: Rows, params: Params, state: State
    ) -> State:
        """The state after a query at the last iterate."""
        return state

    def static_key(self) -> tuple[Any, ...]:
        """Exactly the settings that are constants of the compiled code."""
        return (type(self), self.norm, self.samples, self.use_xla())

    def params(self, run: Run, bounds: tuple[float, float]) -> Params:
        """The numbers that the compiled code takes as arguments."""
        return {
            "eps": np.float32(self.eps),
            "lower": np.float32(bounds[0]),
            "upper": np.float32(bounds[1]),
            "seed": np.uint32(self.seed),
            "run": np.int32(run.number),
        }

    def use_xla(self) -> bool:
        if self.jit_compile == "auto":
            return backend.has_accelerator()
        return bool(self.jit_compile)

    def keys(self, data: Rows, params: Params) -> Tensor:
        """The random keys of the images, see `random.image_keys`."""
        return random.image_keys(params["seed"], data["index"], _SALT)

    def project(self, x: Tensor, data: Rows, params: Params) -> Tensor:
        """`x`, projected onto the ball and clipped to the range."""
        bounds = (params["lower"], params["upper"])
        return ball.project(x, data["x"], params["eps"], bounds, self.norm)
