"""What rho is at a training step.

A schedule is a description without state. `CEBModel` calls it inside the
compiled training step with the number of training steps that the model has
taken, so it is exact under `steps_per_execution` and gradient accumulation and
needs no callback.
"""

from keras_ceb._src.schedules.anneal import Anneal
from keras_ceb._src.schedules.constant import Constant
from keras_ceb._src.schedules.default import default
from keras_ceb._src.schedules.default import get
from keras_ceb._src.schedules.interpolation import interpolate
from keras_ceb._src.schedules.jump_start import JumpStart
from keras_ceb._src.schedules.schedule import Schedule

__all__ = [
    "Anneal",
    "Constant",
    "JumpStart",
    "Schedule",
    "default",
    "get",
    "interpolate",
]


def __dir__() -> list[str]:
    return __all__
