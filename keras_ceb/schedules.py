"""What rho is at a training step.

A schedule is a description without state. `CEBModel` calls it inside the
compiled training step with the number of training steps that the model has
taken, so it is exact under `steps_per_execution` and gradient accumulation and
needs no callback.
"""

from keras_ceb._src.schedules import Anneal
from keras_ceb._src.schedules import Constant
from keras_ceb._src.schedules import JumpStart
from keras_ceb._src.schedules import Schedule
from keras_ceb._src.schedules import default
from keras_ceb._src.schedules import get
from keras_ceb._src.schedules import interpolate

__all__ = [
    "Anneal",
    "Constant",
    "JumpStart",
    "Schedule",
    "default",
    "get",
    "interpolate",
]
