"""Base class of the adversaries of training."""

import abc
import dataclasses
from collections.abc import Callable
from typing import Any

from keras import ops

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer


@dataclasses.dataclass(frozen=True)
class Adversary(abc.ABC):
    """Base class of the adversaries that a `CEBModel` is trained against.

    It has no state; it is passed to `compile` and saved with the model. The
    training step calls `perturb` on each batch and trains on the result, or,
    if `divergence_weight` is not 0, on the clean batch and on the divergence
    of the predictions on the result from those on the clean batch.

    Training steps are those of the optimizer (`optimizer.iterations`): one
    that accumulates gradients takes a step every few batches, and a new
    optimizer counts from 0.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball around each input, in the units of the input.
        bounds: Pair of numbers, the range of the input.
        seed: Integer seed, from 0 to 2**32 - 1, of the random starts, or
            `None` for a random one.
        warmup_steps: Number of training steps over which `eps`, and with it
            the length of a step of the attack, rises linearly from 0.
        start_step: The training step at which the attack begins, and the
            warm-up with it. Before it, batches stay clean and there is no
            attack to pay for.
        clean_fraction: Share of the images of a batch that stay clean, from 0
            to 1. They are spread evenly over the batch, by position: every
            fourth image for 0.25. The attack still costs as much.
    """

    norm: str = "linf"
    eps: float = 8 / 255
    bounds: tuple[float, float] = dataclasses.field(
        default=(0.0, 1.0), kw_only=True
    )
    seed: int | None = dataclasses.field(default=None, kw_only=True)

    warmup_steps: int = dataclasses.field(default=0, kw_only=True)
    start_step: int = dataclasses.field(default=0, kw_only=True)
    clean_fraction: float = dataclasses.field(default=0.0, kw_only=True)

    def __post_init__(self) -> None:
        one_of(self.norm, "norm", ball.NORMS)
        bounds = checks.check_bounds(self.bounds)
        self._set("bounds", bounds)
        self._set("eps", checks.check_eps(self.eps, self.norm, bounds))
        self._set("seed", optional_seed(self.seed))
        for name in ("warmup_steps", "start_step"):
            steps = positive_integer(getattr(self, name), name, minimum=0)
            self._set(name, steps)
        fraction = finite_number(
            self.clean_fraction, "clean_fraction", minimum=0.0, maximum=1.0
        )
        self._set("clean_fraction", fraction)

    def _set(self, name: str, value: Any) -> None:
        """Sets a checked value; for the constructor only."""
        object.__setattr__(self, name, value)

    def _check_step_size(self, step_size: float | None) -> None:
        if step_size is not None:
            self._set(
                "step_size", finite_number(step_size, "step_size", minimum=0.0)
            )

    @property
    def divergence_weight(self) -> float:
        """What multiplies KL(c(.|x) || c(.|x')) in the loss, x' adversarial.

        If it is 0, the loss is the objective of x'; otherwise it is that of
        x, plus the weighted divergence, which is then what the attack raises.
        """
        return 0.0

    @abc.abstractmethod
    def perturb(
        self,
        x: Tensor,
        gradient: Callable[[Tensor], Tensor],
        keys: Tensor,
        scale: Tensor = 1.0,
    ) -> Tensor:
        """The adversarial batch.

        Args:
            x: Clean inputs, `[batch, ...]`, float32.
            gradient: Maps inputs to the gradient of the loss of each,
                `[batch, ...]`.
            keys: `[batch, 2]` keys of the random numbers of each image, see
                `random.image_keys`.
            scale: Scalar, multiplies `eps` and the length of a step: below 1
                during the warm-up.

        Returns:
            A tensor of the shape of `x`.
        """

    def _ascend(
        self,
        start: Tensor,
        x: Tensor,
        gradient: Callable[[Tensor], Tensor],
        scale: Tensor,
        steps: int,
        step_size: float | None,
    ) -> Tensor:
        """The last point of projected gradient ascent in the ball around `x`.

        Args:
            start: The first points, `[batch, ...]`.
            x: See `perturb`.
            gradient: See `perturb`.
            scale: See `perturb`.
            steps: Number of steps.
            step_size: Length of a step before scaling, or `None` for `eps / 4`.
        """
        eps = scale * self.eps
        length = eps / 4.0 if step_size is None else scale * step_size

        def step(_: Any, point: Tensor) -> Tensor:
            moved = point + length * ball.direction(gradient(point), self.norm)
            return ball.project(moved, x, eps, self.bounds, self.norm)

        return ops.fori_loop(0, steps, step, start)

    def get_config(self) -> Config:
        """The constructor's arguments."""
        return dataclasses.asdict(self)

    @classmethod
    def from_config(cls, config: Config) -> "Adversary":
        """The adversary that `get_config` describes."""
        return cls(**config)
