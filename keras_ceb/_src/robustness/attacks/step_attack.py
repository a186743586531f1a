"""Attacks that work in steps, inside one compiled function."""

import abc
from typing import Any

import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import geometry
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.pursuit import Run


class StepAttack(Attack):
    """Base class of the attacks that work in steps.

    Such an attack is three functions of tensors, `start`, `step` and
    `finish`, on a state with one row an image (see `states.first_state`). The
    loop over the steps runs inside one compiled function, built once for a
    model; radius, step size, range, seed and the weights of the model are its
    arguments, in `params`. `static_key` names what is built in.

    `data` holds the clean inputs `x`, the labels `y`, the numbers of the
    images `index`, and `target` where targets were given.
    """

    num_steps: int
    # Over how many draws of a stochastic model gradients are averaged.
    samples = 1

    @property
    def steps_at_start(self) -> int:
        """How many of the steps `start` takes."""
        return 0

    @abc.abstractmethod
    def start(
        self, oracle: engine.Oracle, data: Any, params: Any
    ) -> dict[str, Any]:
        """The state before step `steps_at_start`."""

    @abc.abstractmethod
    def step(
        self,
        oracle: engine.Oracle,
        data: Any,
        params: Any,
        state: dict[str, Any],
        i: Any,
    ) -> dict[str, Any]:
        """The state after step `i`."""

    def finish(
        self,
        oracle: engine.Oracle,
        data: Any,
        params: Any,
        state: dict[str, Any],
    ) -> dict[str, Any]:
        """The state after the last iterate was judged."""
        return state

    def static_key(self) -> tuple:
        """What is built into the compiled code, and nothing else."""
        return (type(self), self.norm, self.samples, self.use_xla())

    def params(self, run: Run) -> dict[str, Any]:
        """The numbers that the compiled code takes as arguments."""
        return {
            "eps": np.float32(self.eps),
            "lower": np.float32(self.bounds[0]),
            "upper": np.float32(self.bounds[1]),
            "seed": np.uint32(self.seed),
            "run": np.int32(run.number),
        }

    def use_xla(self) -> bool:
        if self.jit_compile == "auto":
            return backend.has_accelerator()
        return bool(self.jit_compile)

    def project(self, x: Any, data: Any, params: Any) -> Any:
        """`x`, projected on the ball and clipped to the range."""
        bounds = (params["lower"], params["upper"])
        return geometry.project(x, data["x"], params["eps"], bounds, self.norm)
