"""Loss values and input gradients of a classifier, for checks."""

from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import losses
from keras_ceb._src.robustness.model_function import ModelFunction


def loss_and_gradient(
    classifier: ModelFunction, x: np.ndarray, y: np.ndarray, loss: str
) -> tuple[np.ndarray, np.ndarray]:
    """The values of a loss and its gradients by the inputs.

    Args:
        classifier: `ModelFunction`.
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

    function = compiled.cached(
        classifier, ("gradient", loss, x.shape[1:]), make
    )
    outputs = function({"x": x, "y": y}, {"values": classifier.values()})
    value, gradient = (ops.convert_to_numpy(out) for out in outputs)
    return value, gradient


def logits_of(
    classifier: ModelFunction, x: np.ndarray, seed: int = 0, query: int = 0
) -> np.ndarray:
    """The logits of images in one batch."""
    call = compiled.logits_function(classifier, x.shape[1:])
    return ops.convert_to_numpy(call(x, seed, query))
