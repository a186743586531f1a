"""The steps of an attack on a model as compiled functions."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks.run import Steps
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.compiled import cached
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# A function of arrays with one row per image and of what all images share.
Stage: TypeAlias = Callable[[dict[str, Rows], Tensors], State]


class Oracle:
    """What a traced attack may ask the model: logits and input gradients.

    Args:
        function: `ModelFunction`.
        values: Its variable values.
        seed: Integer scalar, the seed of noise at test time.
        samples: Over how many draws of that noise logits and gradients are
            averaged (expectation over transformation).
    """

    def __init__(
        self,
        function: ModelFunction,
        values: Tensors,
        seed: Tensor,
        samples: int = 1,
    ):
        self._function = function
        self._values = values
        self._seed = seed
        self._samples = samples

    def _sample(self, x: Tensor, query: Tensor, sample: Tensor) -> Tensor:
        # A random layer may draw up to 64 times per call.
        counter = (query * self._samples + sample) * 64
        return self._function.logits(x, self._values, (self._seed, counter))

    def logits(self, x: Tensor, query: Tensor) -> Tensor:
        """Logits of `x`; `query` numbers the calls, an int32 scalar."""
        if self._samples == 1:
            return self._sample(x, query, 0)

        def add(sample: Tensor, total: Tensor) -> Tensor:
            return total + self._sample(x, query, sample)

        first = self._sample(x, query, 0)
        total = ops.fori_loop(1, self._samples, add, first)
        return total / self._samples

    def gradient(
        self, x: Tensor, query: Tensor, loss: Callable[[Tensor], Tensor]
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, logits and the gradient of the loss by `x`.

        Args:
            x: `[n, ...]` images.
            query: The number of the call, an int32 scalar.
            loss: Function from logits to `[n]` losses.
        """

        def sample_gradient(sample: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            def function(x: Tensor) -> tuple[Tensor, Tensor]:
                logits = self._sample(x, query, sample)
                return loss(logits), logits

            (value, logits), gradient = backend.value_and_gradient(function, x)
            return value, logits, gradient

        if self._samples == 1:
            return sample_gradient(0)

        def add(sample: Tensor, total: Tensors) -> Tensors:
            drawn = sample_gradient(sample)
            return tuple(t + d for t, d in zip(total, drawn, strict=True))

        total = ops.fori_loop(1, self._samples, add, sample_gradient(0))
        value, logits, gradient = total
        n = self._samples
        return value / n, logits / n, gradient / n


class CompiledAttack:
    """The three compiled stages of an attack on a model.

    Each stage is a function of `(batch, shared)`: arrays with one row per
    image, and numbers that all images share (radius, range, seed, weights).
    None of these values is a constant of the compiled code, so the same code
    serves every radius and new weights.

    Args:
        function: `ModelFunction`.
        attack: `StepAttack`.
    """

    def __init__(self, function: ModelFunction, attack: Steps):
        self._function = function
        jit_compile = attack.use_xla()
        self.static_shapes = backend.needs_static_shapes(jit_compile)

        def stage(part: Callable[..., State]) -> Stage:
            def run(
                batch: dict[str, Rows], shared: dict[str, Tensors]
            ) -> State:
                oracle = Oracle(
                    function,
                    shared["values"],
                    shared["params"]["seed"],
                    attack.samples,
                )
                return part(oracle, batch, shared["params"])

            return run

        def start(
            oracle: Oracle, batch: dict[str, Rows], params: Params
        ) -> State:
            return attack.start(oracle, batch["data"], params)

        def advance(
            oracle: Oracle, batch: dict[str, Rows], params: Params
        ) -> State:
            data = batch["data"]
            state: State
            _, state = ops.while_loop(
                lambda i, state: i < params["stop"],
                lambda i, state: (
                    i + 1,
                    attack.step(oracle, data, params, state, i),
                ),
                (params["first"], batch["state"]),
            )
            return state

        def finish(
            oracle: Oracle, batch: dict[str, Rows], params: Params
        ) -> State:
            return attack.finish(oracle, batch["data"], params, batch["state"])

        self.traced = {
            "start": stage(start),
            "advance": stage(advance),
            "finish": stage(finish),
        }
        self._compiled = {
            name: backend.compile_function(part, jit_compile)
            for name, part in self.traced.items()
        }

    def _run(self, name: str, batch: dict[str, Rows], params: Params) -> State:
        shared = {"params": params, "values": self._function.values()}
        state: State = self._compiled[name](batch, shared)
        return state

    def start(self, data: Rows, params: Params) -> State:
        return self._run("start", {"data": data}, params)

    def advance(
        self, data: Rows, state: State, params: Params, first: int, stop: int
    ) -> State:
        params = {**params, "first": np.int32(first), "stop": np.int32(stop)}
        return self._run("advance", {"data": data, "state": state}, params)

    def finish(self, data: Rows, state: State, params: Params) -> State:
        return self._run("finish", {"data": data, "state": state}, params)


def compiled_attack(
    function: ModelFunction, attack: Steps, data: Rows
) -> CompiledAttack:
    """The stages of an attack on a model, compiled at the first call."""
    shapes = tuple((k, tuple(v.shape[1:])) for k, v in sorted(data.items()))
    key = ("attack", attack.static_key(), shapes)
    stages: CompiledAttack = cached(
        function, key, lambda: CompiledAttack(function, attack)
    )
    return stages
