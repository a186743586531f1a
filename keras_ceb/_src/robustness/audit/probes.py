"""Loss values and input gradients of a classifier, for checks."""

from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.classifier import Classifier


def loss_and_gradient(
    classifier: Classifier, x: np.ndarray, y: np.ndarray, loss: str
) -> tuple[np.ndarray, np.ndarray]:
    """The values of a loss and its gradients by the inputs.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images.
        y: `[n]` int32 labels.
        loss: A name in `losses.LOSSES`.

    Returns:
        `[n]` losses and `[n, ...]` gradients.
    """

    def make() -> Any:
        def traced(batch: Any, shared: Any) -> Any:
            oracle = engine.Oracle(classifier, shared["values"], np.uint32(0))
            value, _, gradient = oracle.gradient(
                batch["x"],
                np.int32(0),
                lambda logits: losses.LOSSES[loss](logits, batch["y"]),
            )
            return value, gradient

        return backend.compile_function(traced)

    key = ("gradient", loss, x.shape[1:], *engine.model_key(classifier))
    function = engine.cached(classifier.model, key, make)
    outputs = function({"x": x, "y": y}, {"values": classifier.values()})
    value, gradient = (ops.convert_to_numpy(out) for out in outputs)
    return value, gradient


def logits_of(
    classifier: Classifier, x: np.ndarray, seed: int = 0, query: int = 0
) -> np.ndarray:
    """The logits of images in one batch."""
    return engine.logits_function(classifier, x.shape[1:])(x, seed, query)
