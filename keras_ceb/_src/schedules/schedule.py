"""Base class of the schedules of rho."""

from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import finite_number


class Schedule:
    """Base class of the schedules of rho.

    A subclass implements `__call__` and `get_config`. A schedule has no state:
    it depends on its constructor arguments and on those of the call.

    Args:
        rho: The value that the schedule ends at.

    Attributes:
        rho: As above.
        threshold: Running training accuracy at which the model records
            `jump_step`, or `None` if the schedule does not use it.
    """

    threshold: float | None = None

    def __init__(self, rho: float):
        self.rho = finite_number(rho, "rho")

    def __call__(self, step: Tensor, jump_step: Tensor) -> Tensor:
        """rho at a training step.

        Args:
            step: The training step, integer scalar, 0 for the first.
            jump_step: The step at which the running training accuracy passed
                `threshold`, integer scalar, -1 before.

        Returns:
            rho, float32 scalar.
        """
        raise NotImplementedError

    def get_config(self) -> Config:
        return {"rho": self.rho}

    @classmethod
    def from_config(cls, config: Config) -> "Schedule":
        return cls(**config)
