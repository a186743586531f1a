"""Which CEB models have logits that are linear in the encoding."""

from typing import Any

import keras
import numpy as np
from keras import ops


def check_bottleneck(model: Any) -> None:
    """Raises an error unless a model has a bottleneck of unit noise."""
    if not all(hasattr(model, name) for name in ("encoder", "classifier")):
        raise ValueError(
            "`model` must be a `CEBModel`, or a `Classifier` of one: the "
            "radius is one of its encodings. Received: a model of type "
            f"{type(model).__name__}"
        )
    if not getattr(model, "has_bottleneck", True):
        raise ValueError(
            "`model` must have a bottleneck, whose noise is the unit of the "
            "radius. Received: a model with objective='xent'"
        )
    covariance = getattr(model.encoder, "covariance", "unit")
    if covariance != "unit":
        raise ValueError(
            "`model` must have an encoder of unit covariance, whose noise is "
            "the unit of the radius. Received: an encoder with "
            f"covariance={covariance!r}"
        )


def linear_weights(head: Any) -> np.ndarray:
    """The gradients of the logits of a linear classifier, one row each."""
    marginal = getattr(head, "marginal", None)
    if marginal is not None and getattr(marginal, "is_unit", True):
        return np.asarray(ops.convert_to_numpy(marginal.means))
    if marginal is not None:
        raise ValueError(
            "`model` must have logits that are linear in the encoding, which "
            "those of a consistent classifier are for a marginal of one "
            "Gaussian of unit covariance per class. Received: a marginal with "
            f"covariance={marginal.covariance!r}, "
            f"components={marginal.components}"
        )
    linear = getattr(head, "activation", None) is keras.activations.linear
    kernel = getattr(head, "kernel", None)
    if not linear or kernel is None or len(kernel.shape) != 2:
        raise ValueError(
            "`model` must have logits that are linear in the encoding: its "
            "classifier must be a `ConsistentClassifier` or a `Dense` layer "
            f"without an activation. Received: a classifier {head!r}"
        )
    weights: np.ndarray = np.asarray(ops.convert_to_numpy(kernel)).T
    return weights
