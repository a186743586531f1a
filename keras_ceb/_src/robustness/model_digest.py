"""What tells one model from another, for files of intermediate results."""

import hashlib
import json
import re
from typing import Any

import keras


def model_digest(model: keras.Model) -> str:
    """A hash of a model: its weights and, as far as it tells, its layers.

    How it is trained does not matter.

    Args:
        model: A built Keras model.
    """
    digest = hashlib.sha256()
    for weight in model.get_weights():
        digest.update(weight.tobytes())
    # Subclassed models need not have a configuration, and may raise anything.
    try:
        config = keras.saving.serialize_keras_object(model)
    except Exception:
        config = type(model).__name__
    text = json.dumps(
        _without_training(config), sort_keys=True, default=lambda value: None
    )
    # Keras numbers the names of layers within a process.
    digest.update(re.sub(r'_\d+"', '"', text).encode())
    return digest.hexdigest()


def _without_training(config: Any) -> Any:
    """A configuration without the arguments of `compile`."""
    if isinstance(config, dict):
        return {
            key: _without_training(value)
            for key, value in config.items()
            if key != "compile_config"
        }
    if isinstance(config, list | tuple):
        return [_without_training(value) for value in config]
    return config


def check_same_model(known: str, model: str) -> None:
    """Raises an error if a model is not the one of a checkpoint.

    Args:
        known: The `model_digest` in the checkpoint, `""` if it has none.
        model: That of the model.
    """
    if known not in ("", model):
        raise ValueError(
            "`model` must be the one of the call that wrote `checkpoint`, with "
            "the same weights. Received: a different model; take another file, "
            "or delete this one to start again"
        )
