"""A Keras classifier as a pure function from images to float32 logits."""

import weakref
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb import backend

# A probability of zero stays a finite logit.
_SMALLEST_PROBABILITY = 1e-30


class Classifier:
    """Calls a model in inference mode, without state.

    On JAX the variables of the model are arguments, on TensorFlow they are
    captured by reference: either way a compiled function sees new weights at
    once. The seeds of random layers are set anew for each call, so that noise
    at test time is reproducible. The model is held by a weak reference, for
    the functions that are cached for a model must not keep it alive.

    Args:
        model: Keras model that maps a batch of images to
            `[batch, num_classes]` logits, or probabilities.
        from_logits: Whether the outputs are logits. If false, the logarithm
            of the probabilities is taken.
    """

    def __init__(self, model: keras.Model, from_logits: bool = True):
        if not callable(model) or not hasattr(model, "variables"):
            raise TypeError(
                "`model` must be a Keras model that maps images to logits. "
                f"Received: model={model!r} (type {type(model).__name__})"
            )
        self._model = weakref.ref(model)
        self.from_logits = from_logits

    @property
    def model(self) -> keras.Model:
        model = self._model()
        if model is None:
            raise ReferenceError("The model was deleted while it was in use.")
        return model

    def variables(self) -> list[Any]:
        """The variables that decide the outputs: weights and noise seeds."""
        model = self.model
        seeds = [v for v in model.variables if _is_seed(v)]
        return list(model.weights) + seeds

    def values(self) -> list[Any]:
        """What a compiled function needs as arguments besides its inputs."""
        return backend.variable_values(self.variables())

    def logits(self, x: Any, values: Sequence[Any], seed: Any) -> Any:
        """Logits of a batch.

        Args:
            x: `[n, ...]` images.
            values: What `values()` returned.
            seed: Pair of integer scalars, the noise of this call.

        Returns:
            `[n, num_classes]` float32 tensor.
        """
        variables = self.variables()
        mapping = dict(zip(map(id, variables), values, strict=False))
        seeds = [v for v in variables if _is_seed(v)]
        for number, variable in enumerate(seeds):
            # Another first word for each random layer: no two draw alike.
            words = (ops.cast(word, variable.dtype) for word in seed)
            first, second = words
            mapping[id(variable)] = ops.stack([first + number, second])
        if not mapping:
            return self._to_logits(self.model(x, training=False))
        pairs = [(v, mapping[id(v)]) for v in variables if id(v) in mapping]
        with keras.StatelessScope(state_mapping=pairs):
            return self._to_logits(self.model(x, training=False))

    def _to_logits(self, outputs: Any) -> Any:
        shape = getattr(outputs, "shape", None)
        if shape is None or len(shape) != 2 or shape[-1] < 2:
            raise ValueError(
                "`model` must return one tensor of logits of shape "
                "(batch, num_classes), with at least 2 classes. Received: "
                f"outputs={outputs if shape is None else tuple(shape)}"
            )
        outputs = ops.cast(outputs, "float32")
        if self.from_logits:
            return outputs
        return ops.log(ops.maximum(outputs, _SMALLEST_PROBABILITY))


def _is_seed(variable: Any) -> bool:
    """Whether a variable is the state of a `keras.random.SeedGenerator`."""
    return variable.name == "seed_generator_state" and variable.shape == (2,)
