"""Loss values and input gradients of a classifier, for checks."""

from collections.abc import Callable

import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import function_of
from keras_ceb._src.typing import Tensors


def loss_and_gradient(
    classifier: Classifier, x: np.ndarray, y: np.ndarray, loss: str
) -> tuple[np.ndarray, np.ndarray]:
    """The values of a loss and its gradients with respect to the inputs.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images.
        y: `[n]` int32 labels.
        loss: A name in `losses.LOSSES`.

    Returns:
        `[n]` losses and `[n, ...]` gradients.
    """
    function = function_of(classifier)

    def make() -> Callable[[Tensors, Tensors], Tensors]:
        def traced(batch: Tensors, shared: Tensors) -> Tensors:
            oracle = Oracle(function, shared["values"], np.uint32(0))
            value, _, gradient = oracle.gradient(
                batch["x"],
                np.int32(0),
                lambda logits: losses.LOSSES[loss](logits, batch["y"]),
            )
            return value, gradient

        return backend.compile_function(traced)

    call = compiled.cached(function, ("gradient", loss, x.shape[1:]), make)
    shared = {"values": function.values()}
    value, gradient = padding.map_batches(
        lambda batch: call(batch, shared),
        {"x": x, "y": y},
        classifier.batch_size,
        backend.needs_static_shapes(False),
    )
    return value, gradient
