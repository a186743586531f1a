"""Refuses Keras's legacy .h5 format, from which no model here loads.

Keras writes the plain name of the class of a model into an .h5 file, and does
not find a registered class by it. A model inside another model is
written with its full name, and loads.
"""

import sys
from typing import Any

_SUFFIXES = (".h5", ".hdf5")


def refuse_hdf5(model: Any, path: Any) -> None:
    """Raises a `ValueError` where `model.save(path)` would write an .h5."""
    if str(path).endswith(_SUFFIXES):
        raise ValueError(_message(model, f"filepath={str(path)!r}"))


def refuse_hdf5_config(model: Any) -> None:
    """Raises a `ValueError` where Keras's .h5 writer requests the config.

    For the caller's `get_config`: `keras.saving.save_model(model, path)` does
    not call `model.save`, and the format is known to its caller alone.
    """
    asking = sys._getframe(2).f_code
    if asking.co_name == "model_metadata" and "legacy" in asking.co_filename:
        raise ValueError(_message(model, "the path of an .h5 file"))


def _message(model: Any, received: str) -> str:
    kind = type(model).__name__
    return (
        f"`filepath` must end in `.keras`: Keras cannot load a `{kind}` "
        "from an .h5 file. Use `model.save('model.keras')`, or "
        "`model.save_weights('model.weights.h5')` for the weights alone. "
        f"Received: {received}"
    )
