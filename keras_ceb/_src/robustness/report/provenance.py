"""What was run, when, and with which versions."""

import datetime
import math
import platform
import sys
import time
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_ceb._src.version import __version__


class Record:
    """The record of an evaluation, `RobustnessReport.run`.

    Args:
        model: The model that is evaluated.
        clock: Returns the time in seconds.
    """

    def __init__(self, model: Any, clock: Callable[[], float] = time.monotonic):
        self._model = model
        self._clock = clock
        self._before = clock()
        now = datetime.datetime.now(datetime.timezone.utc)
        self.values: dict[str, Any] = {
            "date": now.isoformat(timespec="seconds"),
            "versions": versions(),
            "machine": f"{platform.system()}, {platform.machine()}",
            "num_parameters": 0,
            "seconds": {},
        }

    def lap(self, part: str) -> None:
        """Adds the time since the last call to the part that ends now."""
        now = self._clock()
        # Some models have no weights before they have seen a batch.
        self.values["num_parameters"] = sum(
            math.prod(weight.shape) for weight in self._model.weights
        )
        seconds = self.values["seconds"]
        seconds[part] = seconds.get(part, 0.0) + round(now - self._before, 3)
        self._before = now


def versions() -> dict[str, str]:
    """The versions of Python and of the packages that compute."""
    backend = keras.backend.backend()
    found = {
        "keras_ceb": __version__,
        "Python": platform.python_version(),
        "Keras": keras.__version__,
        "NumPy": np.__version__,
    }
    # Not by distribution: that of TensorFlow has several names.
    found[backend] = sys.modules[backend].__version__
    return found
