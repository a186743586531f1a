"""Labels in the two forms that the objective takes.

Integers `[batch]` or `[batch, 1]`, or target probabilities
`[batch, num_classes]` (one-hot, label smoothing, MixUp, CutMix). Shapes and
types are checked here; `training/labels.py` handles invalid values.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.typing import Tensor

_EXPECTED = (
    "integers from 0 to {last} of shape [batch], or target probabilities of "
    "shape [batch, {num_classes}] (one-hot, label smoothing, MixUp, CutMix)"
)


def expected(num_classes: int) -> str:
    """What labels must be, in words."""
    return _EXPECTED.format(last=num_classes - 1, num_classes=num_classes)


def standardize(labels: Any, num_classes: int) -> Tensor:
    """Labels in one of the two forms that the objective takes.

    Args:
        labels: Tensor, array or list of labels; see the module.
        num_classes: Number of classes.

    Returns:
        An int32 tensor `[batch]`, or a float32 tensor `[batch, num_classes]`.

    Raises:
        ValueError: If the labels are missing, nested, of another or an
            unknown shape, or floating-point numbers that are not target
            probabilities.
    """
    if labels is None:
        raise ValueError(
            f"`y` must hold {expected(num_classes)}, in `fit(x, y)` or as the "
            "second element of each batch. Received: y=None"
        )
    if isinstance(labels, dict | list | tuple) and keras.tree.is_nested(labels):
        labels = _single(labels, num_classes)
    labels = ops.convert_to_tensor(labels)
    if getattr(labels.shape, "rank", 0) is None:
        raise ValueError(
            "`y` must have a known number of dimensions. If a data set "
            "has labels of another form than the one before, call "
            "`model.make_train_function(force=True)` or "
            "`model.make_test_function(force=True)` in between. "
            f"Received: y={labels!r}"
        )
    shape = tuple(labels.shape)
    dtype = keras.backend.standardize_dtype(labels.dtype)
    if len(shape) == 2 and shape[-1] == 1 and num_classes > 1:
        labels, shape = ops.squeeze(labels, axis=-1), shape[:-1]
    if len(shape) == 1 and "int" in dtype:
        return ops.cast(labels, "int32")
    if len(shape) == 2 and shape[-1] == num_classes:
        return ops.cast(labels, "float32")
    raise ValueError(
        f"`y` must hold {expected(num_classes)}. "
        f"Received: y of shape {shape} and dtype {dtype}"
    )


def are_integers(targets: Tensor) -> bool:
    """Whether standardized labels are integers, not probabilities."""
    return len(targets.shape) == 1


def chosen(logits: Tensor, targets: Tensor) -> Tensor:
    """Which logits choose the label, `[batch]` booleans."""
    if not are_integers(targets):
        targets = ops.argmax(targets, axis=-1)
    return ops.equal(ops.argmax(logits, axis=-1), ops.cast(targets, "int32"))


def _single(labels: Any, num_classes: int) -> Any:
    """The one tensor in a nested structure of labels, or array of a list."""
    flat = keras.tree.flatten(labels)
    if len(flat) == 1 and hasattr(flat[0], "shape"):
        return flat[0]
    if isinstance(labels, list | tuple) and not any(
        hasattr(item, "shape") and item.shape for item in flat
    ):
        return np.asarray(labels)
    raise ValueError(
        f"`y` must be one tensor that holds {expected(num_classes)}. "
        f"Received: y={type(labels).__name__} of {len(flat)} tensors"
    )
