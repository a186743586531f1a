"""The range of inputs that a model expects, inferred from its first layers."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.notices import warn
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor

# In the order in which they are tried.
RANGES = ((0.0, 255.0), (0.0, 1.0), (-1.0, 1.0))

# Layers that keep the range of the values.
_SAME_RANGE = (
    keras.layers.CenterCrop,
    keras.layers.Dropout,
    keras.layers.GaussianNoise,
    keras.layers.Identity,
    keras.layers.InputLayer,
    keras.layers.Resizing,
    keras.layers.ZeroPadding2D,
)
_AFFINE_LAYERS = (keras.layers.Rescaling, keras.layers.Normalization)
# Operations of `x / 255` and `keras.applications.*.preprocess_input`.
_AFFINE_OPERATIONS = {
    "Add",
    "Cast",
    "Divide",
    "Flip",
    "GetItem",
    "Identity",
    "Multiply",
    "Negative",
    "Stack",
    "Subtract",
    "TrueDivide",
}


def input_range(model: Any) -> tuple[float, float] | None:
    """The range of inputs that a model expects, or `None`.

    The range is known for models that begin with layers or operations that
    rescale the inputs: `Rescaling`, `Normalization`, or arithmetic such as
    `x / 255`, also inside nested models and the `backbone` of a wrapped
    model. An input of dtype uint8, or of any integer dtype and the shape of
    images, has the range 0..255.

    Args:
        model: Keras model.

    Returns:
        Pair (lower, upper), or `None` for other models.

    Example:

    ```python
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten()]
    input_range(keras.Sequential([keras.Input((8, 8, 3)), *layers]))  # (0, 255)
    ```
    """
    # Any failure means that the range is unknown; it must not be an error.
    try:
        shape, dtype = _input(model)
        if dtype == "uint8" or len(shape) == 4 and "int" in dtype:
            return 0.0, 255.0
        # The values at 0 and 1 determine an affine map.
        one = np.ones([n or 1 for n in shape[1:]], "float32")
        probe = np.stack([0 * one, one])
        found, _ = _beginning(model, probe)
        at_zero, at_one = np.asarray(ops.convert_to_numpy(found), "float64")
    except Exception:
        return None
    return _range_of(at_one - at_zero, at_zero)


def contradicts(
    expected: tuple[float, float], bounds: tuple[float, float]
) -> bool:
    """Whether the expected range differs from `bounds` by more than 5 %."""
    slack = 0.05 * max(expected[1] - expected[0], bounds[1] - bounds[0])
    return not np.allclose(expected, bounds, rtol=0, atol=slack)


def warn_of_contradiction(model: Any, bounds: tuple[float, float]) -> None:
    """Warns if `bounds` is not the range that the model expects."""
    expected = input_range(model)
    if expected is not None and contradicts(expected, bounds):
        warn(
            "`bounds` should be the range that the model expects. Its first "
            f"layers rescale inputs in {text(expected)}; inputs in another "
            "range look different to the model than in training. Scale the "
            f"images and pass `bounds={expected}` to `Classifier`. Received: "
            f"bounds={bounds}"
        )


def text(bounds: tuple[float, float]) -> str:
    """A range as text, such as 0..255."""
    return f"{bounds[0]:g}..{bounds[1]:g}"


def _input(model: Any) -> tuple[Shape, str]:
    """Shape and dtype of the single input of a model."""
    inputs = getattr(model, "inputs", None)
    if inputs:
        (tensor,) = inputs
        return tuple(tensor.shape), str(tensor.dtype)
    backbone = getattr(model, "backbone", None)
    if backbone is not None:
        return _input(backbone)
    if isinstance(model, keras.Model) and model.layers:
        return _input(model.layers[0])
    # Unknown. The layers in question take images of any size.
    return (None, 1, 1, 3), "float32"


def _beginning(layer: Any, x: Tensor) -> tuple[Tensor, bool]:
    """`x` after the first operations that only scale and shift.

    Returns:
        The outputs, and whether these operations are the whole layer.
    """
    if isinstance(layer, _AFFINE_LAYERS):
        return layer(x), True
    if isinstance(layer, _SAME_RANGE) or _augments(layer):
        return x, True
    if isinstance(layer, keras.Sequential):
        return _chain(layer.layers, x)
    if isinstance(layer, keras.Model) and getattr(layer, "inputs", None):
        return _graph(layer, x)
    if getattr(layer, "backbone", None) is not None:
        return _beginning(layer.backbone, x)[0], False
    if isinstance(layer, keras.Model):
        # Without a graph: the layers in the order of their creation.
        return _chain(layer.layers, x)[0], False
    return x, False


def _augments(layer: Any) -> bool:
    return isinstance(layer, keras.layers.Layer) and type(
        layer
    ).__name__.startswith("Random")


def _chain(layers: Iterable[Any], x: Tensor) -> tuple[Tensor, bool]:
    for layer in layers:
        x, whole = _beginning(layer, x)
        if not whole:
            return x, False
    return x, True


def _graph(model: keras.Model, x: Tensor) -> tuple[Tensor, bool]:
    known = {id(model.inputs[0]): x}
    for operation in model.operations:
        if isinstance(operation, keras.layers.InputLayer):
            continue
        node = next(
            (
                node
                for node in operation._inbound_nodes
                if all(id(tensor) in known for tensor in node.input_tensors)
            ),
            None,
        )
        if node is None:
            return x, False
        whole = True
        if isinstance(operation, keras.layers.Layer):
            if len(node.input_tensors) != 1:
                return x, False
            x, whole = _beginning(operation, known[id(node.input_tensors[0])])
        elif type(operation).__name__ in _AFFINE_OPERATIONS:
            args, kwargs = keras.tree.map_structure(
                lambda value: known.get(id(value), value),
                (node.arguments.args, node.arguments.kwargs),
            )
            x = operation(*args, **kwargs)
        else:
            return x, False
        if not whole:
            return x, False
        known[id(node.output_tensors[0])] = x
    return x, True


def _range_of(
    scale: np.ndarray, offset: np.ndarray
) -> tuple[float, float] | None:
    """The range of `x` that `scale * x + offset` maps to a usual range."""
    if np.allclose(scale, 1) and np.allclose(offset, 0):
        return None
    # To 0..1, from 0..255 or another range, such as 0..16.
    if np.allclose(offset, 0) and 0 < scale.min() == scale.max() <= 0.5:
        upper = float(1 / scale.max())
        return 0.0, 255.0 if 250 <= upper <= 260 else round(upper, 3)
    for lower, upper in RANGES:
        ends = np.stack([scale * lower + offset, scale * upper + offset])
        low, high = float(ends.min()), float(ends.max())
        width = high - low
        standard = 0.9 <= width <= 12 and low <= 0.1 * width and high > 0
        # Pixels, possibly minus their mean, as some ImageNet networks take.
        pixels = 200 <= width <= 300 and -160 <= low <= 0.1
        if standard or pixels:
            return lower, upper
    return None
