"""The Square attack: random search, no gradients."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import geometry
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks import noise
from keras_ceb._src.robustness.attacks import squares
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.pursuit import Run
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.validation import any_number
from keras_ceb._src.validation import positive_integer

# Streams of random numbers: one for the start and one for each query.
_RUN_STREAMS = 2**17


class Square(StepAttack):
    """Square attack: changes one random square at a time, keeps what helps.

    It asks for logits only, so masked gradients cannot stop it.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the input.
        queries: Number of queries after the first.
        share: Share of the pixels that the first squares cover.
        restarts: How many times to start, each on the images that no earlier
            start has fooled.
        bounds: Pair of numbers, the range of the input.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow; see `Attack`.

    Call arguments: see `Attack`; `x` are images of rank 4, laid out as
        `keras.config.image_data_format()` says.

    Example:

    ```python
    x_adversarial = Square("linf", eps=8 / 255, queries=1000)(model, x, y)
    ```

    Reference: Andriushchenko et al., 2020, "Square Attack: a query-efficient
    black-box adversarial attack via random search".
    """

    stops_when_fooled = True

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        queries: int = 5000,
        *,
        share: float = 0.8,
        restarts: int = 1,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        super().__init__(
            norm, eps, bounds=bounds, seed=seed, jit_compile=jit_compile
        )
        self.num_steps = positive_integer(queries, "queries")
        if not 0 < any_number(share, "share") <= 1:
            raise ValueError(
                f"`share` must lie in (0, 1]. Received: share={share}"
            )
        self.share = share
        self.restarts = positive_integer(restarts, "restarts")

    def static_key(self) -> tuple:
        return (*super().static_key(), self.share)

    def check_fits(
        self,
        num_classes: int | None,
        shape: tuple[int | None, ...] | None,
    ) -> None:
        super().check_fits(num_classes, shape)
        if shape is not None and len(shape) != 3:
            raise ValueError(
                "`x` must be a batch of images of rank 4 for `Square`, a part "
                "of `AutoAttack` too. Attack inputs of another rank with "
                "`Ensemble([APGD(...), FAB(...)])`, for example. Received: "
                f"inputs of shape ({', '.join(map(str, ('batch', *shape)))})"
            )

    def runs(self, num_classes: int) -> list[Run]:
        return [Run(self, number) for number in range(self.restarts)]

    def start(
        self, oracle: engine.Oracle, data: Any, params: Any
    ) -> dict[str, Any]:
        clean = data["x"]
        height, width, channels = _to_last(clean).shape[1:]
        seed, index = params["seed"], data["index"]
        stream = params["run"] * _RUN_STREAMS
        if self.norm == "linf":
            delta = squares.stripes(seed, index, stream, width, channels)
        else:
            delta = squares.tiles(seed, index, stream, height, width, channels)
            delta = geometry.direction(delta, "l2")
        x = clean + params["eps"] * _from_last(delta)
        x = self.project(x, data, params)
        return self._judge(oracle, states.first_state(clean), x, data["y"], 0)

    def step(
        self,
        oracle: engine.Oracle,
        data: Any,
        params: Any,
        state: dict[str, Any],
        i: Any,
    ) -> dict[str, Any]:
        clean, best, eps = data["x"], state["best"], params["eps"]
        stream = params["run"] * _RUN_STREAMS + i + 1
        delta = _to_last(best - clean)
        height, width, channels = delta.shape[1:]
        draws = noise.uniform(
            params["seed"], data["index"], stream, 5 + channels
        )
        if self.norm == "linf":
            # From one side of the ball to the other.
            change = squares.square(i, self.share, draws[:, 3:], height, width)
            x = best + 2.0 * eps * _from_last(change)
        else:
            delta = squares.move_mass(delta, i, self.share, draws, eps)
            x = clean + eps * _from_last(geometry.direction(delta, "l2"))
        x = self.project(x, data, params)
        return self._judge(oracle, state, x, data["y"], i + 1)

    def _judge(self, oracle, state, x, y, query):
        logits = oracle.logits(x, query)
        return states.keep_best(state, x, logits, losses.margin(logits, y), y)


def _channels_first() -> bool:
    return keras.config.image_data_format() == "channels_first"


def _to_last(x):
    return ops.transpose(x, (0, 2, 3, 1)) if _channels_first() else x


def _from_last(x):
    return ops.transpose(x, (0, 3, 1, 2)) if _channels_first() else x
