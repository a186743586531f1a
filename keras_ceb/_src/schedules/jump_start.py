"""Learn first, then compress."""

import keras
from keras import ops

from keras_ceb._src.schedules.interpolation import INTERPOLATIONS
from keras_ceb._src.schedules.interpolation import interpolate
from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class JumpStart(Schedule):
    """Learn first, then compress: the paper's CIFAR-10 schedule.

    rho goes from `start` to `plateau` over `warmup_epochs`, stays there until
    training accuracy has passed `threshold`, and then goes to the target over
    `anneal_epochs`. Training accuracy is an exponential moving average over
    batches that starts at 0 (`CEBModel` keeps it). The paper does not say
    what is interpolated; by default it is rho itself, as its text suggests.

    Args:
        rho: Value at the end. If it is above `plateau`, it replaces the
            plateau.
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

    def __call__(self, step: Tensor, jump_step: Tensor) -> Tensor:
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

    def get_config(self) -> Config:
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
