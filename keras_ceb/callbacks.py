"""Callbacks for training."""

from keras_ceb._src.callbacks import StopOnNaN

__all__ = [
    "StopOnNaN",
]
