"""Whether gradients reach the input of a model."""

import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.robustness.compiled import cached
from keras_ceb._src.robustness.float_inputs import integer_dtypes
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.typing import Tensor


def check_differentiable(function: ModelFunction, x: np.ndarray) -> None:
    """Raises an error if a cast to integers cuts off the gradient.

    An attack that follows gradients would not move, and the model would look
    fully robust. The model is traced once per shape of inputs, not run.

    Args:
        function: `ModelFunction`.
        x: `[n, ...]` float32 images.
    """
    model = function.model
    declared = integer_dtypes(model)

    def probe() -> bool:
        values = function.values()

        def logits(batch: Tensor) -> Tensor:
            return function.logits(batch, values, (0, 0))

        try:
            return backend.integers_cut_gradient(logits, x[:1])
        except Exception as error:
            if not declared:
                raise
            raise ValueError(
                "`model` must accept float inputs, because attacks need a "
                f"gradient. {_CURE} Received: inputs declared as "
                f"{', '.join(declared)}, and on floats: {error}"
            ) from error

    if cached(function, ("integers cut", x.shape[1:]), probe):
        found = f"inputs declared as {', '.join(declared)}, and "
        raise ValueError(
            "`model` must pass gradients to its input, or every attack fails "
            f"and the model looks robust. {_CURE} Received: "
            f"{found if declared else ''}logits that are computed from "
            "the input after a cast to integers"
        )


_CURE = (
    "Build it on a float input (`keras.Input(shape)`, without "
    "`dtype='uint8'`), and do not cast the input to integers in `call`: "
    "pixels of 0..255 as floats give the same logits."
)
