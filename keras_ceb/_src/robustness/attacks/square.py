"""The Square attack: random search, no gradients."""

import dataclasses
from typing import Any

import keras
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks import square_patterns
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import any_number
from keras_ceb._src.validation import positive_integer

# Streams of random numbers: one for the start and one for each query.
_RUN_STREAMS = 2**17


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class Square(StepAttack):
    """Square attack: changes a random square per query and keeps what helps.

    It uses only logits, so masked gradients do not affect it.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the classifier's range.
        num_queries: Number of queries after the first.
        share: Share of the pixels that the first squares cover.
        restarts: Number of starts, each on the images that are still
            classified correctly.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`; `x` are images of rank 4, in the layout of
        `keras.config.image_data_format()`.

    Example:

    ```python
    x_adversarial = Square("linf", eps=8 / 255, num_queries=1000)(model, x, y)
    ```

    Reference: Andriushchenko et al., 2020, "Square Attack: a query-efficient
    black-box adversarial attack via random search".
    """

    num_queries: int = 5000
    _: dataclasses.KW_ONLY
    share: float = 0.8
    restarts: int = 1

    stops_when_fooled = True

    def __post_init__(self) -> None:
        super().__post_init__()
        share = any_number(self.share, "share")
        if not 0 < share <= 1:
            raise ValueError(
                f"`share` must lie in (0, 1]. Received: share={share}"
            )
        self._set(
            num_queries=positive_integer(self.num_queries, "num_queries"),
            share=share,
            restarts=positive_integer(self.restarts, "restarts"),
        )

    @property
    def steps(self) -> int:
        return self.num_queries

    def static_key(self) -> tuple[Any, ...]:
        return (*super().static_key(), self.share)

    def check_fits(
        self,
        bounds: tuple[float, float],
        num_classes: int | None = None,
        shape: tuple[int | None, ...] | None = None,
    ) -> None:
        super().check_fits(bounds, num_classes, shape)
        if shape is not None and len(shape) != 3:
            raise ValueError(
                "`x` must be a batch of images of rank 4 for `Square`, which "
                "is also part of `AutoAttack`. For inputs of another rank, use "
                "`Ensemble([APGD(...), FAB(...)])`, for example. Received: "
                f"inputs of shape ({', '.join(map(str, ('batch', *shape)))})"
            )

    def runs(self, num_classes: int) -> list[Run]:
        return [Run(self, number) for number in range(self.restarts)]

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State:
        clean = data["x"]
        height, width, channels = _to_last(clean).shape[1:]
        keys = self.keys(data, params)
        stream = params["run"] * _RUN_STREAMS
        if self.norm == "linf":
            delta = square_patterns.stripes(keys, stream, width, channels)
        else:
            delta = square_patterns.tiles(keys, stream, height, width, channels)
            delta = ball.direction(delta, "l2")
        x = clean + params["eps"] * _from_last(delta)
        x = self.project(x, data, params)
        # Kept in the state, as computing the keys takes longer than the random
        # numbers of a query.
        state = {**states.first_state(clean), "keys": keys}
        return self._judge(oracle, state, x, data["y"], 0)

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State:
        clean, best, eps = data["x"], state["best"], params["eps"]
        stream = params["run"] * _RUN_STREAMS + i + 1
        delta = _to_last(best - clean)
        height, width, channels = delta.shape[1:]
        draws = random.uniform(state["keys"], (5 + channels,), stream)
        if self.norm == "linf":
            # From one side of the ball to the other.
            change = square_patterns.square(
                i, self.share, draws[:, 3:], height, width
            )
            x = best + 2.0 * eps * _from_last(change)
        else:
            delta = square_patterns.move_mass(delta, i, self.share, draws, eps)
            x = clean + eps * _from_last(ball.direction(delta, "l2"))
        x = self.project(x, data, params)
        return self._judge(oracle, state, x, data["y"], i + 1)

    def _judge(
        self,
        oracle: Oracle,
        state: State,
        x: Tensor,
        y: Tensor,
        query: Tensor,
    ) -> State:
        logits = oracle.logits(x, query)
        return states.keep_best(state, x, logits, losses.margin(logits, y), y)


def _channels_first() -> bool:
    return bool(keras.config.image_data_format() == "channels_first")


def _to_last(x: Tensor) -> Tensor:
    return ops.transpose(x, (0, 2, 3, 1)) if _channels_first() else x


def _from_last(x: Tensor) -> Tensor:
    return ops.transpose(x, (0, 3, 1, 2)) if _channels_first() else x
