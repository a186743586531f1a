"""Conditional Entropy Bottleneck classifiers from any Keras backbone.

What this module and its submodules export in `__all__` is public. Everything
under `keras_ceb._src` is private and may change without notice.
"""

import sys

# `python -m keras_ceb --help` imports this module, and needs nothing of it.
if sys.argv[:1] == ["-m"] and sys.orig_argv[-len(sys.argv)] == "keras_ceb":
    from keras_ceb_cli import run_without_keras

    run_without_keras()

# isort: split
# First, as it raises an error if Keras or its backend is not supported.
import keras_ceb._src.backend  # noqa: F401

# isort: split
from typing import TYPE_CHECKING

from keras_ceb import adversarial
from keras_ceb import backbones
from keras_ceb import callbacks
from keras_ceb import data
from keras_ceb import layers
from keras_ceb import objective
from keras_ceb import schedules
from keras_ceb._src import lazy
from keras_ceb._src.model import CEBModel

# Only registers the layer, for the files that hold it.
from keras_ceb._src.robustness.corruptions.images import random_corruption  # noqa: F401
from keras_ceb._src.uncertainty import Prediction
from keras_ceb._src.version import __version__
from keras_ceb._src.wrap import wrap

if TYPE_CHECKING:
    from keras_ceb import robustness
    from keras_ceb import testing
    from keras_ceb._src.choosing.choose_rho import choose_rho
    from keras_ceb._src.choosing.rho_choice import RhoChoice
    from keras_ceb._src.choosing.rho_choice import RhoRun
    from keras_ceb._src.robustness.report.evaluate import evaluate_robustness

__all__ = [
    "CEBModel",
    "Prediction",
    "RhoChoice",
    "RhoRun",
    "__version__",
    "adversarial",
    "backbones",
    "callbacks",
    "choose_rho",
    "data",
    "evaluate_robustness",
    "layers",
    "objective",
    "robustness",
    "schedules",
    "testing",
    "wrap",
]


# Half of the package, which training does not need.
__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src",
    {
        "choosing.choose_rho": ["choose_rho"],
        "choosing.rho_choice": ["RhoChoice", "RhoRun"],
        "robustness.report.evaluate": ["evaluate_robustness"],
    },
    submodules=["robustness", "testing"],
)


def __dir__() -> list[str]:
    return __all__
