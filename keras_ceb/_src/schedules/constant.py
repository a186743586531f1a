"""The same rho throughout."""

import keras
from keras import ops

from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_ceb")
class Constant(Schedule):
    """The same rho from the first step to the last.

    With a low rho from the first step, training tends to collapse: the penalty
    suppresses the encoding before the network has learned anything, and
    accuracy stays at chance. See `JumpStart`.

    Args:
        rho: The value.

    Example:

    ```python
    model = keras_ceb.wrap(backbone, 10, rho=schedules.Constant(5.0))
    ```
    """

    def __call__(self, step: Tensor, jump_step: Tensor) -> Tensor:
        return ops.full((), self.rho, dtype="float32")
