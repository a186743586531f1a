"""Exact radii in the encoding space of a CEB model."""

from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.certify.certified_radii import CertifiedRadii
from keras_ceb._src.robustness.certify.deterministic import check_deterministic
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.held_batches import checked_batches
from keras_ceb._src.robustness.progress import Progress
from keras_ceb._src.robustness.robust_accuracy import check_before_reading


def encoding_radius(
    model: keras.Model | Classifier, data: Any, *, verbose: int = 1
) -> CertifiedRadii:
    """How far encodings are from those of another class, exactly.

    The logits of a `CEBModel` are linear in the encoding z, so that the
    encodings that get the class y are a polyhedron, and the L2 distance of
    f(x) from its boundary is

        min_{j != y} (logit_y - logit_j) / |w_y - w_j|

    where w_j is the row of the class j: the mean mu_j of a consistent
    classifier, or the weights of a dense one. The noise of the encoder has
    the standard deviation 1, so the radius counts standard deviations.

    The radius says nothing about inputs: how far an input must move to move
    its encoding that far is up to the backbone.

    Args:
        model: `CEBModel` with a bottleneck, or a `Classifier` of one.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches, see
            `robust_accuracy`.
        verbose: 1 shows a progress bar, 0 does not.

    Returns:
        `CertifiedRadii` in the encoding space.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, if `model` has no bottleneck,
            its encoder or its marginal has a learned covariance, its
            classifier is not linear, or it draws random numbers at test time.

    Example:

    ```python
    radii = certify.encoding_radius(model, test)
    print(radii.accuracy(1.0))
    ```
    """
    classifier = as_classifier(model)
    _check_bottleneck(classifier.model)
    check_before_reading(classifier, data, [])
    progress = Progress(data_lib.num_images(data), verbose)
    ceb_model: Any = classifier.model
    parts = []
    seen = 0
    for batch, _ in checked_batches(classifier, data):
        if not seen:
            check_deterministic(classifier, batch["x"])
            weights = _linear_weights(ceb_model.classifier)
        logits = logits_of(classifier, batch["x"], seen)
        predicted = logits.argmax(axis=1).astype("int32")
        parts.append((predicted, batch["y"], radii(logits, weights)))
        seen += len(predicted)
        progress(seen)
    progress.end(seen)
    record = {
        "name": "the linear classifier of the encoding",
        "space": "encoding",
        "bounds": classifier.bounds,
    }
    predicted, labels, distances = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return CertifiedRadii(record, predicted, labels, distances)


def radii(logits: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """L2 distances to the closest plane between the first and another class.

    Args:
        logits: `[n, num_classes]`, linear in the encodings.
        weights: `[num_classes, z_dim]`, their gradients.

    Returns:
        `[n]` float64. Infinite if no other class can be reached.
    """
    logits = logits.astype("float64")
    weights = weights.astype("float64")
    predicted = logits.argmax(axis=1)
    gap = logits.max(axis=1, keepdims=True) - logits
    # Not by a product of matrices, whose cancellation would cost the digits of
    # classes that are close to each other.
    apart = np.stack(
        [np.linalg.norm(weights - row, axis=1) for row in weights]
    )[predicted]
    # Parallel planes: the class with the smaller logit is never reached, and
    # of two equal ones either may be.
    reached = np.where(gap > 0, np.inf, 0.0)
    distance = np.divide(gap, apart, out=reached, where=apart > 0)
    distance[np.arange(len(distance)), predicted] = np.inf
    closest: np.ndarray = distance.min(axis=1)
    return closest


def _check_bottleneck(model: Any) -> None:
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


def _linear_weights(head: Any) -> np.ndarray:
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
