"""Callbacks for training."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
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

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.callbacks",
    {
        "catastrophic_overfitting": ["CatastrophicOverfitting"],
        "robust_validation": ["RobustValidation"],
        "stop_on_nan": ["StopOnNaN"],
    },
)


def __dir__() -> list[str]:
    return __all__
