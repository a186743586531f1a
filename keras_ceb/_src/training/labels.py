"""What counts as a label, and how a wrong one is found.

Integers `[batch]` or `[batch, 1]`, or target probabilities
`[batch, num_classes]` (one-hot, label smoothing, MixUp, CutMix). Shapes and
types are checked when a step is traced, values on the host where they are
there, and inside the compiled step everywhere: a wrong value there gets no
weight, so that it cannot poison a step, and is counted.
"""

import keras
import numpy as np
from keras import ops

# Target probabilities may be rounded to bfloat16 by an input pipeline.
SUM_TOLERANCE = 2e-2
EXPECTED = (
    "integers from 0 to {last} of shape [batch], or target probabilities of "
    "shape [batch, {num_classes}] (one-hot, label smoothing, MixUp, CutMix)"
)


def expected(num_classes):
    """What labels must be, in words."""
    return EXPECTED.format(last=num_classes - 1, num_classes=num_classes)


def standardize(labels, num_classes):
    """Labels in one of the two forms that the objective takes.

    Args:
        labels: Tensor or array of labels; see the module.
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
            f"Labels are missing. Expected `y` to hold {expected(num_classes)}"
            ", in `fit(x, y)` or as the second element of each batch. "
            "Received: y=None"
        )
    if isinstance(labels, dict | list | tuple) and keras.tree.is_nested(labels):
        labels = _single(labels, num_classes)
    labels = ops.convert_to_tensor(labels)
    if getattr(labels.shape, "rank", 0) is None:
        raise ValueError(
            "`y` must be of a known number of dimensions. Where a stream "
            "brings labels of another form than the one before, call "
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


def valid(targets, num_classes):
    """Which standardized labels are possible, `[batch]` booleans."""
    if len(targets.shape) == 1:
        return ops.logical_and(targets >= 0, targets < num_classes)
    off = ops.absolute(ops.sum(targets, axis=-1) - 1.0)
    return ops.logical_and(
        ops.all(targets >= 0.0, axis=-1), off <= SUM_TOLERANCE
    )


def neutral(targets, mask):
    """The targets with those outside of the mask replaced by class 0."""
    if len(targets.shape) == 1:
        return ops.where(mask, targets, 0)
    first = ops.one_hot(
        ops.zeros_like(targets[:, 0], "int32"), targets.shape[1]
    )
    return ops.where(mask[:, None], targets, first)


def weights(mask, sample_weight=None):
    """The weights of examples, `[batch]` float32; 0 outside of the mask."""
    weight = ops.cast(mask, "float32")
    if sample_weight is None:
        return weight
    sample_weight = ops.cast(sample_weight, "float32")
    return weight * ops.reshape(sample_weight, ops.shape(weight))


def chosen(logits, targets):
    """Which logits choose the label, `[batch]` booleans."""
    if len(targets.shape) == 2:
        targets = ops.argmax(targets, axis=-1)
    return ops.equal(ops.argmax(logits, axis=-1), ops.cast(targets, "int32"))


def check(labels, num_classes, name="y"):
    """Checks labels that are on the host.

    Args:
        labels: Array, list or eager tensor of labels, or `None`.
        num_classes: Number of classes.
        name: Name of the argument, for the error.

    Raises:
        ValueError: If they are missing, or one of them is not possible.
    """
    if labels is None:
        standardize(None, num_classes)
    if not hasattr(labels, "dtype"):
        labels = np.asarray(labels)
    targets = standardize(labels, num_classes)
    mask = ops.convert_to_numpy(valid(targets, num_classes))
    if mask.all():
        return
    wrong = np.flatnonzero(~mask)
    values = ops.convert_to_numpy(targets)[wrong[:5]]
    raise ValueError(
        f"`{name}` must hold {expected(num_classes)}. "
        f"Received: {len(wrong)} of {len(mask)} labels outside of that, "
        f"the first at {wrong[:5].tolist()}: {values.tolist()}"
    )


def _single(labels, num_classes):
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
