"""What rho is at a training step.

A schedule is a description without state. `CEBModel` calls it inside the
compiled training step with the number of training steps that the model has
taken, so it is exact under `steps_per_execution` and gradient accumulation and
needs no callback.
"""

from typing import Any

import keras
from keras import ops

from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

INTERPOLATIONS = ("weight", "rho")


def interpolate(fraction: Any, start: float, end: float, by: str) -> Any:
    """rho a fraction of the way from `start` to `end`.

    Args:
        fraction: Scalar, clipped to 0..1.
        start: rho at fraction 0.
        end: rho at fraction 1.
        by: `"weight"` moves exp(-rho), the weight of the residual
            information, linearly, as the paper's Listing 3 does. `"rho"`
            moves rho itself linearly, so most of the bottleneck closes in the
            last steps.

    Returns:
        rho, float32 scalar.
    """
    fraction = ops.clip(ops.cast(fraction, "float32"), 0.0, 1.0)
    if by == "rho":
        return start * (1.0 - fraction) + end * fraction
    # -log((1 - s) e^-start + s e^-end), in logs: e^-100 is 0 in float32.
    return -ops.logaddexp(ops.log1p(-fraction) - start, ops.log(fraction) - end)


class Schedule:
    """Base class of the schedules of rho.

    A subclass implements `__call__` and `get_config`. Anything that a
    schedule needs beyond its constructor arguments comes in as an argument.

    Attributes:
        rho: The value that the schedule ends at.
        threshold: Running training accuracy at which the model records
            `jump_step`, or `None` where the schedule needs no such trigger.
    """

    threshold: float | None = None

    def __init__(self, rho: float):
        self.rho = finite_number(rho, "rho")

    def __call__(self, step: Any, jump_step: Any) -> Any:
        """rho at a training step.

        Args:
            step: The training step, integer scalar, 0 for the first.
            jump_step: The step at which the running training accuracy passed
                `threshold`, integer scalar, -1 as long as it has not.

        Returns:
            rho, float32 scalar.
        """
        raise NotImplementedError

    def get_config(self) -> dict[str, Any]:
        return {"rho": self.rho}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Schedule":
        return cls(**config)


@keras.saving.register_keras_serializable(package="keras_ceb")
class Constant(Schedule):
    """The same rho from the first step to the last.

    A low rho from the first step tends to collapse: the encoder closes before
    it has learned anything, and accuracy stays at chance. See `JumpStart`.

    Args:
        rho: The value.

    Example:

    ```python
    model = keras_ceb.wrap(backbone, 10, rho=schedules.Constant(5.0))
    ```
    """

    def __call__(self, step: Any, jump_step: Any) -> Any:
        return ops.full((), self.rho, dtype="float32")


@keras.saving.register_keras_serializable(package="keras_ceb")
class Anneal(Schedule):
    """From a high rho to the target over a fixed number of steps.

    The defaults are the paper's ImageNet schedule.

    Args:
        rho: Value at the end.
        steps: Number of training steps of the anneal.
        start: Value at step 0.
        interpolate: `"weight"` (Listing 3: exp(-rho) moves linearly) or
            `"rho"` (rho moves linearly).

    Example:

    ```python
    schedule = schedules.Anneal(3.0, steps=12_000)
    ```

    Reference: Fischer and Alemi (2020), appendix A.2 and Listing 3.
    """

    def __init__(
        self,
        rho: float,
        steps: int = 12_000,
        start: float = 100.0,
        interpolate: str = "weight",
    ):
        super().__init__(rho)
        self.steps = positive_integer(steps, "steps")
        self.start = finite_number(start, "start")
        self.interpolate = one_of(interpolate, "interpolate", INTERPOLATIONS)

    def __call__(self, step: Any, jump_step: Any) -> Any:
        return interpolate(
            ops.cast(step, "float32") / self.steps,
            self.start,
            self.rho,
            self.interpolate,
        )

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "steps": self.steps,
            "start": self.start,
            "interpolate": self.interpolate,
        }


@keras.saving.register_keras_serializable(package="keras_ceb")
class JumpStart(Schedule):
    """Learn first, then compress: the paper's CIFAR-10 schedule.

    rho goes from `start` to `plateau` over `warmup_epochs`, stays there until
    training accuracy has passed `threshold`, and then goes to the target over
    `anneal_epochs`. Training accuracy is an exponential moving average over
    batches that starts at 0 (`CEBModel` keeps it). The paper does not say
    what is interpolated; by default it is rho itself, as its text reads.

    Args:
        rho: Value at the end. Where it is above `plateau`, it takes the
            plateau's place.
        steps_per_epoch: Training steps per epoch.
        warmup_epochs: Length of the first phase, from the first step. The
            anneal never begins before it is over.
        anneal_epochs: Length of the last phase.
        start: Value at step 0.
        plateau: Value after the first phase.
        threshold: Training accuracy, 0 to 1, that starts the last phase.
        interpolate: `"rho"` or `"weight"`, see `interpolate`.

    Example:

    ```python
    schedule = schedules.JumpStart(2.0, steps_per_epoch=390)
    ```

    Reference: Fischer and Alemi (2020), appendix A.1; Wu et al. (2019) on the
    onset of learning that makes it necessary.
    """

    def __init__(
        self,
        rho: float,
        steps_per_epoch: int,
        *,
        warmup_epochs: float = 2.0,
        anneal_epochs: float = 1.0,
        start: float = 100.0,
        plateau: float = 10.0,
        threshold: float = 0.2,
        interpolate: str = "rho",
    ):
        super().__init__(rho)
        self.steps_per_epoch = positive_integer(
            steps_per_epoch, "steps_per_epoch"
        )
        self.warmup_epochs = finite_number(
            warmup_epochs, "warmup_epochs", minimum=0
        )
        self.anneal_epochs = finite_number(
            anneal_epochs, "anneal_epochs", minimum=0
        )
        self.start = finite_number(start, "start")
        self.plateau = finite_number(plateau, "plateau")
        self.threshold = finite_number(
            threshold, "threshold", minimum=0, maximum=1
        )
        self.interpolate = one_of(interpolate, "interpolate", INTERPOLATIONS)

    def __call__(self, step: Any, jump_step: Any) -> Any:
        step = ops.cast(step, "float32")
        jump_step = ops.cast(jump_step, "float32")
        # A phase of no length is over at its first step.
        warmup = max(self.warmup_epochs * self.steps_per_epoch, 1e-3)
        anneal = max(self.anneal_epochs * self.steps_per_epoch, 1e-3)
        plateau = max(self.plateau, self.rho)
        before = interpolate(
            step / warmup, self.start, plateau, self.interpolate
        )
        begin = ops.maximum(jump_step, warmup)
        after = interpolate(
            (step - begin) / anneal, plateau, self.rho, self.interpolate
        )
        jumped = ops.logical_and(jump_step >= 0, step > begin)
        return ops.where(jumped, after, before)

    def get_config(self) -> dict[str, Any]:
        return {
            **super().get_config(),
            "steps_per_epoch": self.steps_per_epoch,
            "warmup_epochs": self.warmup_epochs,
            "anneal_epochs": self.anneal_epochs,
            "start": self.start,
            "plateau": self.plateau,
            "threshold": self.threshold,
            "interpolate": self.interpolate,
        }


def get(rho: float | Schedule, num_classes: int) -> Schedule:
    """The schedule that an argument `rho` stands for.

    Args:
        rho: A `Schedule`, or a finite number.
        num_classes: Number of classes.

    Returns:
        The `Schedule`: the same, or the default one that ends at the number.

    Raises:
        TypeError: If `rho` is neither.
        ValueError: If it is a number that is not finite.
    """
    return rho if isinstance(rho, Schedule) else default(rho, num_classes)


def default(rho: float, num_classes: int) -> JumpStart:
    """The schedule that a bare number stands for: jump-start, in steps.

    rho stays at 10, where the bottleneck is all but open, until the running
    training accuracy has passed a threshold above chance; then it goes
    linearly to the target over 500 training steps. The threshold is the
    paper's 20 % for ten classes, and for other numbers of classes the
    accuracy that lies as far between chance and 1, a ninth of the way.
    `results/README.md` shows what other choices did.

    Args:
        rho: Value at the end.
        num_classes: Number of classes.

    Returns:
        A `JumpStart`.
    """
    chance = 1.0 / num_classes
    return JumpStart(
        rho,
        steps_per_epoch=500,
        warmup_epochs=0.0,
        start=10.0,
        threshold=chance + (1.0 - chance) / 9.0,
    )
