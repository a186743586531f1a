"""Callbacks for training."""

from keras_ceb._src.callbacks.stop_on_nan import StopOnNaN

__all__ = [
    "StopOnNaN",
]


def __dir__() -> list[str]:
    return __all__
