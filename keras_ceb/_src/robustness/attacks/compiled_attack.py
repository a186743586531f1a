"""The steps of an attack on a model as compiled functions."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Steps
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.compiled import cached
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.typing import Tensors

# A function of arrays with one row per image and of what all images share.
Stage: TypeAlias = Callable[[dict[str, Rows], Tensors], State]


class CompiledAttack:
    """The compiled stages of an attack on a model.

    Each stage is a function of `(batch, shared)`: arrays with one row per
    image, and numbers that all images share (radius, range, seed, weights).
    None of these values is a constant of the compiled code, so the code is
    compiled once for all radii and weights.

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

        def order(
            oracle: Oracle, batch: dict[str, Rows], params: Params
        ) -> State:
            return {"order": attack.ordered_targets(oracle, batch["data"])}

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
            "order": stage(order),
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

    def order(self, data: Rows, params: Params) -> State:
        return self._run("order", {"data": data}, params)

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
