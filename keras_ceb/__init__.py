"""Conditional Entropy Bottleneck classifiers from any Keras backbone.

What this module and its submodules export in `__all__` is public. Everything
under `keras_ceb._src` is private and may change without notice.
"""

# First, as it raises an error if Keras or its backend is not supported.
import keras_ceb._src.backend  # noqa: F401

# isort: split
from keras_ceb import adversarial
from keras_ceb import backbones
from keras_ceb import callbacks
from keras_ceb import data
from keras_ceb import layers
from keras_ceb import objective
from keras_ceb import robustness
from keras_ceb import schedules
from keras_ceb._src.model import CEBModel
from keras_ceb._src.robustness.report.evaluate import evaluate_robustness
from keras_ceb._src.version import __version__
from keras_ceb._src.wrap import wrap

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


def __dir__() -> list[str]:
    return __all__
