"""Conditional Entropy Bottleneck classifiers from any Keras backbone."""

from keras_ceb import callbacks
from keras_ceb import layers
from keras_ceb import objective
from keras_ceb import schedules
from keras_ceb.model import CEBModel
from keras_ceb.version import __version__
from keras_ceb.wrap import wrap

__all__ = [
    "CEBModel",
    "__version__",
    "callbacks",
    "layers",
    "objective",
    "schedules",
    "wrap",
]
