"""Callbacks for training."""

from keras_ceb._src.callbacks.catastrophic_overfitting import (
    CatastrophicOverfitting,
)
from keras_ceb._src.callbacks.robust_validation import RobustValidation
from keras_ceb._src.callbacks.stop_on_nan import StopOnNaN

__all__ = [
    "CatastrophicOverfitting",
    "RobustValidation",
    "StopOnNaN",
]


def __dir__() -> list[str]:
    return __all__
