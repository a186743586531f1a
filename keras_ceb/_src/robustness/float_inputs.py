"""Float inputs for models that declare integer ones."""

import contextlib
from collections.abc import Iterator
from typing import Any

import keras


def integer_dtypes(model: Any) -> list[str]:
    """The integer dtypes that a model declares for its inputs."""
    return sorted({part.dtype for part in _integer_inputs(model)})


@contextlib.contextmanager
def float_inputs(model: Any) -> Iterator[None]:
    """A context in which a model takes its inputs as floats.

    A Functional or Sequential model casts its inputs to the dtype of its
    `Input`, and a cast to integers removes the fraction and the gradient. In
    this context, the model and the models inside it declare float32.
    """
    inputs = _integer_inputs(model)
    declared = [part.dtype for part in inputs]
    try:
        for part in inputs:
            part._dtype = "float32"
        yield
    finally:
        for part, dtype in zip(inputs, declared, strict=True):
            part._dtype = dtype


def _integer_inputs(model: Any) -> list[Any]:
    """The input tensors and input layers with an integer dtype."""
    layers = [model]
    if isinstance(model, keras.layers.Layer):
        layers = model._flatten_layers()
    found: dict[int, Any] = {}
    for layer in layers:
        # A Sequential model casts to the dtype of its input layer as well.
        parts = [layer] if isinstance(layer, keras.layers.InputLayer) else []
        inputs = getattr(layer, "inputs", None)
        if isinstance(inputs, list):
            parts += [t for t in inputs if isinstance(t, keras.KerasTensor)]
        for part in parts:
            if part.dtype.startswith(("int", "uint", "bool")):
                found[id(part)] = part
    return list(found.values())
