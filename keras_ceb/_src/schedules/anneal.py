"""From a high rho to the target, in a fixed number of steps."""

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

    def __call__(self, step: Tensor, jump_step: Tensor) -> Tensor:
        return interpolate(
            ops.cast(step, "float32") / self.steps,
            self.start,
            self.rho,
            self.interpolate,
        )

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "steps": self.steps,
            "start": self.start,
            "interpolate": self.interpolate,
        }
