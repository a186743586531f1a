"""How little an input is like the training data, by the marginal b(z|y).

`CEBModel` has these functions as methods.
"""

import dataclasses
from typing import TYPE_CHECKING
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors
from keras_ceb._src.validation import positive_integer

if TYPE_CHECKING:
    from keras_ceb._src.model import CEBModel


@dataclasses.dataclass(frozen=True)
class Prediction:
    """What `CEBModel.predict_with_uncertainty` returns, NumPy arrays.

    Attributes:
        label: The most probable class, `[n]`, integers.
        probabilities: c(y|z) of each class at z = f(x), `[n, num_classes]`.
        entropy: Of these probabilities, nats, `[n]`: how undecided the
            classifier is between the classes.
        ood_score: `CEBModel.ood_score`, nats, `[n]`: how little the input is
            like the training data, whatever its class. `None` for the
            deterministic baseline, which has no marginal.

    Example:

    ```python
    prediction = model.predict_with_uncertainty(x_test)
    prediction.label[prediction.ood_score > 100.0] = -1  # reject these
    ```
    """

    label: np.ndarray
    probabilities: np.ndarray
    entropy: np.ndarray
    ood_score: np.ndarray | None


def log_density(model: "CEBModel", mean: Tensor) -> Tensor:
    """log sum_y p(y) b(z|y) at mean encodings z = f(x).

    Args:
        model: The model. p(y) is the `class_prior` of its
            `ConsistentClassifier`, and otherwise uniform.
        mean: `[batch, z_dim]`.

    Returns:
        Nats, `[batch]`, float32.
    """
    marginal: Any = model.marginal
    log_densities = marginal.log_prob(mean)
    prior = getattr(model.classifier, "class_prior", None)
    if prior is None:
        # One row, of probability 1, is VIB's marginal.
        prior = [1.0 / marginal.num_classes] * marginal.num_classes
    smallest = np.finfo("float32").tiny
    log_prior = ops.convert_to_tensor(
        np.log(np.maximum(prior, smallest)), "float32"
    )
    return ops.logsumexp(log_densities + log_prior, axis=-1)


def predict(model: "CEBModel", x: Tensors, batch_size: int = 32) -> Prediction:
    """Predictions and scores of inputs, in batches.

    Args:
        model: The model.
        x: Inputs, arrays or tensors of `n` rows.
        batch_size: Number of inputs per call of the model.
    """
    batch_size = positive_integer(batch_size, "batch_size")
    rows = len(keras.tree.flatten(x)[0])
    if not rows:
        raise ValueError(
            "`x` must hold at least one input. Received: no inputs"
        )
    parts = []
    for first in range(0, rows, batch_size):
        batch = keras.tree.map_structure(
            lambda array, first=first: ops.convert_to_tensor(
                array[first : first + batch_size]
            ),
            x,
        )
        parts.append([*map(ops.convert_to_numpy, _figures(model, batch))])
    logits, *scores = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    # In float64: a probability near 1 leaves little of the others in float32.
    logits = logits.astype("float64")
    logits -= logits.max(axis=1, keepdims=True)
    log_probabilities = logits - np.log(
        np.exp(logits).sum(axis=1, keepdims=True)
    )
    probabilities = np.exp(log_probabilities)
    # A class that is ruled out, of log-probability -inf, adds nothing.
    finite = np.maximum(log_probabilities, np.finfo("float64").min)
    return Prediction(
        probabilities.argmax(axis=1),
        probabilities.astype("float32"),
        -(probabilities * finite).sum(axis=1),
        scores[0] if scores else None,
    )


def _figures(model: "CEBModel", batch: Tensors) -> list[Tensor]:
    """The logits of a batch, and its scores if there is a marginal."""
    encoded = model.forward_pass(batch)
    if not model.has_bottleneck:
        return [encoded.logits]
    return [encoded.logits, -log_density(model, encoded.mean)]


def check_bottleneck(model: "CEBModel", name: str) -> None:
    """Raises an error for the deterministic baseline, which has no marginal.

    Args:
        model: The model.
        name: The method that needs a marginal.
    """
    if not model.has_bottleneck:
        raise ValueError(
            f"`objective` must not be 'xent' for `{name}`, which needs a "
            "stochastic encoder and its marginal. Received: objective='xent'"
        )
