"""Conditional Entropy Bottleneck classifiers from any Keras backbone."""

# First: it says so where Keras or its backend is not supported.
from keras_ceb import backend  # noqa: F401

# isort: split
from keras_ceb import adversarial
from keras_ceb import backbones
from keras_ceb import callbacks
from keras_ceb import data
from keras_ceb import layers
from keras_ceb import objective
from keras_ceb import robustness
from keras_ceb import schedules
from keras_ceb.model import CEBModel
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.version import __version__
from keras_ceb.wrap import wrap

__all__ = [
    "CEBModel",
    "__version__",
    "adversarial",
    "backbones",
    "callbacks",
    "data",
    "evaluate_robustness",
    "layers",
    "objective",
    "robustness",
    "schedules",
    "wrap",
]
