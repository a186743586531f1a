"""An upper bound on the L2 Lipschitz constant of a model."""

import math
from typing import Any

import keras

from keras_ceb._src.robustness.certify.layer_constants import layer_constant
from keras_ceb._src.robustness.certify.layer_constants import unknown


def lipschitz_constant(model: keras.Model) -> float:
    """An upper bound on the L2 Lipschitz constant of a model at test time.

    The L2 distance of two outputs is at most the constant times that of their
    inputs. The bound is the product of those of the layers along a chain, and
    where branches meet, their sum (`Add`, `Subtract`), mean (`Average`) or root
    of the sum of squares (`Concatenate`, `Maximum`, `Minimum`). It holds up to
    the rounding errors of the network.

    Of a `Dense` layer it takes the largest singular value, of a convolution a
    bound that is at most 2 % larger than the norm on large images. The layer
    within `SpectralNormalization` counts with its actual weights, whose norm a
    power iteration leaves above 1.

    Args:
        model: A functional or sequential model with one input and one output,
            of `Dense`, 1-D and 2-D convolutions, batch normalization,
            activations, pooling, rescaling, reshaping, and residual
            connections; models may be nested.

    Returns:
        The constant, which is infinite in no case.

    Raises:
        ValueError: If the model is of another kind, or no bound is known for a
            layer, which the error names.

    Example:

    ```python
    constant = certify.lipschitz_constant(backbone)
    ```
    """
    graph = functional(model)
    return tensor_constants(graph)[id(graph.outputs[0])]


def functional(model: Any) -> Any:
    """A functional or sequential model as a functional one.

    Raises:
        ValueError: If it is neither, or has several inputs or outputs.
    """
    try:
        inputs, outputs = model.inputs, model.outputs
        number = len(inputs), len(outputs)
    except (AttributeError, TypeError, ValueError):
        number = (0, 0)
    if number != (1, 1):
        raise ValueError(
            "`model` must be a functional or sequential model with one input "
            "and one output for a Lipschitz constant, built on a "
            "`keras.Input`. Missing is the graph of its layers. Received: a "
            f"model of type {type(model).__name__}"
        )
    if isinstance(model, keras.Sequential):
        return keras.Model(inputs, outputs)
    return model


def tensor_constants(graph: Any) -> dict[int, float]:
    """Bounds from the input to each tensor of a model, by their ids."""
    constants = {id(graph.inputs[0]): 1.0}
    for depth in sorted(graph._nodes_by_depth, reverse=True):
        for node in graph._nodes_by_depth[depth]:
            if node.is_input:
                continue
            tensors = node.arguments.keras_tensors
            found = _node_constant(
                node, tensors, [constants[id(t)] for t in tensors]
            )
            constants.update((id(output), found) for output in node.outputs)
    return constants


def _node_constant(node: Any, tensors: Any, before: list[float]) -> float:
    """That of an output, from those of the inputs of a layer."""
    layer = node.operation
    if node.arguments.kwargs.get("training"):
        raise unknown(layer, "that is not called with training=True")
    if len(node.outputs) != 1:
        raise unknown(layer, "with one output")
    kind = type(layer).__name__
    if isinstance(layer, keras.layers.Layer):
        merges = type(layer) in _MERGING_LAYERS
    else:
        # The operators + and - of tensors.
        merges = kind in ("Add", "Subtract")
    if merges:
        shapes = {tuple(t.shape) for t in (*tensors, node.outputs[0])}
        if kind != "Concatenate" and len(shapes) > 1:
            raise unknown(layer, "whose inputs have one shape")
        return _merged(kind, before)
    if len(tensors) != 1:
        raise unknown(layer, "with one input")
    if isinstance(layer, keras.Model):
        return before[0] * lipschitz_constant(layer)
    return before[0] * layer_constant(layer, tensors[0].shape)


_MERGING_LAYERS = (
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.Concatenate,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Subtract,
)


def _merged(kind: str, constants: list[float]) -> float:
    """That of a layer where branches of equal shapes meet.

    Distances add up; in a concatenation their squares do, and a maximum moves
    by at most as much as the values that it is of.
    """
    if kind in ("Add", "Subtract"):
        return sum(constants)
    if kind == "Average":
        return sum(constants) / len(constants)
    return math.hypot(*constants)
