"""Whether the outputs of a classifier are logits or probabilities."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.typing import Tensor

# Keeps the logarithm of a zero probability finite in float32.
_SMALLEST_PROBABILITY = 1e-30
# The sums of a bfloat16 softmax are off by less than this. A few rows of logits
# may sum to almost 1 by chance, so the tolerance for few rows is smaller.
_TOLERANCE = 1e-2
_TOLERANCE_OF_FEW = 1e-4
_FEW = 4


class FromLogitsError(ValueError):
    """The outputs of a model prove that `from_logits` is wrong.

    Attributes:
        from_logits: The value that fits the model, or `None` if none does.
    """

    def __init__(self, message: str, from_logits: bool | None):
        super().__init__(message)
        self.from_logits = from_logits


def to_logits(outputs: Tensor, from_logits: bool) -> Tensor:
    """Float32 logits of two or more classes from a model's outputs.

    Args:
        outputs: `[batch, num_classes]` logits or probabilities, or
            `[batch, 1]`: the logit l or the probability p of class 1, which
            is equivalent to the logits (0, l) or the probabilities (1 - p, p).
        from_logits: Whether the outputs are logits.
    """
    shape = getattr(outputs, "shape", None)
    if shape is None or len(shape) != 2 or not shape[-1]:
        raise ValueError(
            "`model` must return one tensor of logits of shape "
            "(batch, num_classes), or (batch, 1) for two classes. Received: "
            f"outputs={outputs if shape is None else tuple(shape)}"
        )
    outputs = ops.cast(outputs, "float32")
    if shape[-1] == 1:
        other = ops.zeros_like(outputs) if from_logits else 1 - outputs
        outputs = ops.concatenate([other, outputs], axis=1)
    if from_logits:
        return outputs
    return ops.log(ops.maximum(outputs, _SMALLEST_PROBABILITY))


def are_probabilities(rows: np.ndarray) -> bool:
    """Whether no entry is negative and every row sums to 1."""
    few = len(rows) < _FEW
    tolerance = _TOLERANCE_OF_FEW if few else _TOLERANCE
    return bool(
        rows.min() >= 0 and np.abs(rows.sum(axis=1) - 1).max() <= tolerance
    )


def check_outputs(logits: np.ndarray, from_logits: bool) -> None:
    """Raises `FromLogitsError` if a batch proves `from_logits` wrong.

    Args:
        logits: `[batch, num_classes]`, the result of `to_logits`.
        from_logits: Whether the outputs were treated as logits.
    """
    if not np.isfinite(logits).all():
        return
    if from_logits:
        if are_probabilities(logits):
            raise _is_probabilities("lie in 0..1 and sum to 1 for every image")
        return
    sums = np.exp(logits.astype("float64")).sum(axis=1)
    if np.abs(sums - 1).max() > _TOLERANCE:
        worst = sums[np.abs(sums - 1).argmax()]
        raise FromLogitsError(
            "`from_logits` must be True for a model that returns logits: its "
            "outputs are not probabilities, which are never negative and sum "
            "to 1 for every image. (Sigmoids of several classes do not "
            "either; remove the last activation.) Received: "
            f"from_logits=False, outputs whose positive part sums to {worst:g}",
            True,
        )


def check_last_layer(model: Any, from_logits: bool) -> None:
    """Raises `FromLogitsError` if the last layer contradicts `from_logits`."""
    name, units = _last_activation(model)
    if name is None or not from_logits:
        return
    if name == "sigmoid" and units != 1:
        raise FromLogitsError(
            "`model` must return logits or probabilities that sum to 1, but "
            f"it ends in sigmoids of {units} classes. Remove the last "
            "activation. Received: from_logits=True",
            None,
        )
    raise _is_probabilities(f"come from a {name}")


def _is_probabilities(reason: str) -> FromLogitsError:
    return FromLogitsError(
        "`from_logits` must be False for a model that returns probabilities, "
        f"as this one does: its outputs {reason}. As logits, they would mask "
        "the gradients that attacks follow. Received: from_logits=True",
        False,
    )


def _last_activation(model: Any) -> tuple[str | None, int | None]:
    """`"softmax"` or `"sigmoid"` if a model's graph ends in it, and units."""
    outputs = getattr(model, "outputs", None)
    if not isinstance(outputs, list) or len(outputs) != 1:
        return None, None
    history = getattr(outputs[0], "_keras_history", None)
    layer = getattr(history, "operation", None)
    if layer is None or layer is model:
        return None, None
    for name in ("softmax", "sigmoid"):
        activation = getattr(keras.activations, name)
        # Both a layer and an operation of `keras.ops` have this class name.
        is_one = type(layer).__name__.lower() == name
        if is_one or getattr(layer, "activation", None) is activation:
            return name, outputs[0].shape[-1]
    return _last_activation(layer)
