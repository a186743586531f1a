"""What a backbone takes: structure, shapes, types and names of its inputs."""

from collections.abc import Callable
from typing import Any

import keras


def declared(backbone: keras.layers.Layer) -> Any:
    """The inputs that a functional or sequential backbone declares.

    Args:
        backbone: A Keras model or layer.

    Returns:
        A tensor, list or dict of new `keras.KerasTensor`s with no history, or
        `None` if the backbone declares nothing, as a subclassed model may.
    """
    return _map_inputs(
        backbone,
        lambda tensor: keras.KerasTensor(
            tensor.shape, tensor.dtype, sparse=tensor.sparse, name=tensor.name
        ),
    )


def of_shape(backbone: keras.layers.Layer, input_shape: Any) -> Any:
    """Symbolic inputs of given shapes, in the declared types.

    Args:
        backbone: A Keras model or layer.
        input_shape: A shape, or a list or dict of them.

    Returns:
        `keras.KerasTensor`s in the structure of `input_shape`; float32 where
        the backbone declares no types.
    """
    shapes: list[Any] = []
    keras.tree.map_shape_structure(shapes.append, input_shape)
    tensors = keras.tree.flatten(declared(backbone))
    types = ["float32"] * len(shapes)
    if len(tensors) == len(shapes) and None not in tensors:
        types = [tensor.dtype for tensor in tensors]
    left = iter(types)
    return keras.tree.map_shape_structure(
        lambda shape: keras.KerasTensor(shape, next(left)), input_shape
    )


def signature(backbone: keras.layers.Layer) -> list[Any] | None:
    """The input signature that Keras exports this backbone with.

    Args:
        backbone: A Keras model or layer.

    Returns:
        A list of one `keras.InputSpec`, or of one list or dict of them; the
        batch size is left open. `None` where nothing is declared.
    """
    specs = _map_inputs(
        backbone,
        lambda tensor: keras.InputSpec(
            dtype=tensor.dtype,
            shape=(None, *tensor.shape[1:]),
            name=tensor.name,
        ),
    )
    return None if specs is None else [specs]


def _map_inputs(backbone: Any, function: Callable[[Any], Any]) -> Any:
    if not isinstance(backbone, keras.Model) or not backbone.built:
        return None
    if getattr(backbone, "inputs", None) is None:
        return None
    if isinstance(backbone, keras.Sequential):
        inputs = backbone.inputs[0]
    else:
        inputs = backbone.input
    return keras.tree.map_structure(function, inputs)
