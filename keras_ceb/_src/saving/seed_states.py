"""Saves the state of random generators with the weights.

Keras does not, so a resumed run would repeat the noise and the dropout of its
first steps.
"""

from collections.abc import Mapping
from collections.abc import MutableMapping
from typing import Any

import keras

_PREFIX = "seed_"
# Named separately: the others are numbered, with an adversary or without.
_ADVERSARY = f"{_PREFIX}adversary"


def save(model: keras.Model, store: MutableMapping[str, Any]) -> None:
    """Adds the states of a model's generators to what a file holds of it."""
    for index, state in enumerate(of_model(model)):
        store[f"{_PREFIX}{index}"] = state.numpy()
    if model.adversary_seeds is not None:
        store[_ADVERSARY] = model.adversary_seeds.state.numpy()


def load(model: keras.Model, store: Mapping[str, Any]) -> Mapping[str, Any]:
    """Reads the states, and returns what else the file holds of the model."""
    for index, state in enumerate(of_model(model)):
        if f"{_PREFIX}{index}" in store.keys():
            state.assign(store[f"{_PREFIX}{index}"])
    if model.adversary_seeds is not None and _ADVERSARY in store.keys():
        model.adversary_seeds.state.assign(store[_ADVERSARY])
    return {k: store[k] for k in store.keys() if not k.startswith(_PREFIX)}


def of_model(model: keras.Model) -> list[Any]:
    """The states of a model's generators, but not that of its adversary."""
    adversary = getattr(model.adversary_seeds, "state", None)
    return [
        variable
        for variable in model.non_trainable_variables
        if variable.path.endswith("seed_generator_state")
        and variable is not adversary
    ]
