"""A Keras model as a pure function from images to float32 logits."""

import weakref
from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness.float_inputs import float_inputs
from keras_ceb._src.robustness.outputs import check_last_layer
from keras_ceb._src.robustness.outputs import to_logits
from keras_ceb._src.typing import Tensor


class ModelFunction:
    """Calls a model in inference mode, without state.

    On JAX the variables of the model are arguments, on TensorFlow they are
    captured by reference: either way, a compiled function uses the current
    weights. The seeds of random layers are set for each call, so that noise
    at test time is reproducible. The model is held by a weak reference, so
    that functions cached for a model do not keep it in memory.

    Images are floats. A model whose `Input` has an integer dtype is called as
    if that were float32, because the cast would cut off the gradient.

    Args:
        model: Keras model, see `Classifier`.
        from_logits: Whether its outputs are logits. If false, the logarithm
            of the probabilities is taken.
    """

    def __init__(self, model: keras.Model, from_logits: bool = True):
        self._model = weakref.ref(model)
        self.from_logits = from_logits

    @property
    def model(self) -> keras.Model:
        model = self._model()
        if model is None:
            raise ReferenceError("The model was deleted while it was in use.")
        return model

    def key(self) -> tuple[Any, ...]:
        """What a compiled function depends on besides its arguments."""
        # Adding or removing a layer makes another function.
        variables = tuple(id(v) for v in self.variables())
        return (self.from_logits, variables)

    def build(self, x: Tensor) -> None:
        """Builds a model that has no weights yet by calling it on one image."""
        if not self.model.built:
            self._call(x[:1])
            check_last_layer(self.model, self.from_logits)

    def variables(self) -> list[Tensor]:
        """The variables that determine the outputs: weights and noise seeds."""
        model = self.model
        seeds = [v for v in model.variables if _is_seed(v)]
        return list(model.weights) + seeds

    def values(self) -> list[Tensor]:
        """What a compiled function needs as arguments besides its inputs."""
        return backend.variable_values(self.variables())

    def logits(
        self, x: Tensor, values: Sequence[Tensor], seed: tuple[Tensor, Tensor]
    ) -> Tensor:
        """Logits of a batch.

        Args:
            x: `[n, ...]` images.
            values: What `values()` returned.
            seed: Pair of integer scalars, the seed of the noise of this call.

        Returns:
            `[n, num_classes]` float32 tensor.
        """
        variables = self.variables()
        mapping = dict(zip(map(id, variables), values, strict=False))
        seeds = [v for v in variables if _is_seed(v)]
        for number, variable in enumerate(seeds):
            # A different first word per random layer, so that no two draw the
            # same numbers.
            words = (ops.cast(word, variable.dtype) for word in seed)
            first, second = words
            mapping[id(variable)] = ops.stack([first + number, second])
        if not mapping:
            return self._call(x)
        pairs = [(v, mapping[id(v)]) for v in variables if id(v) in mapping]
        with keras.StatelessScope(state_mapping=pairs):
            return self._call(x)

    def _call(self, x: Tensor) -> Tensor:
        model = self.model
        with float_inputs(model):
            outputs = model(x, training=False)
        return to_logits(outputs, self.from_logits)


def _is_seed(variable: Any) -> bool:
    """Whether a variable is the state of a `keras.random.SeedGenerator`."""
    named = variable.name == "seed_generator_state"
    return bool(named and variable.shape == (2,))


def check_model(model: Any, from_logits: bool) -> None:
    """Raises an error unless `model` is a Keras classifier with one input."""
    if not callable(model) or not hasattr(model, "variables"):
        raise TypeError(
            "`model` must be a Keras model that maps images to logits, or a "
            "`Classifier`. "
            f"Received: model={model!r} (type {type(model).__name__})"
        )
    inputs = getattr(model, "inputs", None)
    if isinstance(inputs, list) and len(inputs) > 1:
        raise ValueError(
            "`model` must take the images as its only input. Received: a "
            f"model with {len(inputs)} inputs"
        )
    check_last_layer(model, from_logits)
