"""Compiled functions of a model, cached as long as the model exists."""

import weakref
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Values must not hold a strong reference to the model (see `ModelFunction`).
_CACHE: weakref.WeakKeyDictionary[keras.Model, dict[Any, Any]] = (
    weakref.WeakKeyDictionary()
)


def cached(
    function: ModelFunction, key: tuple[Any, ...], make: Callable[[], Any]
) -> Any:
    """The result of `make()` for this function and key, cached."""
    entries = _CACHE.setdefault(function.model, {})
    key = (*key, *function.key())
    if key not in entries:
        entries[key] = make()
    return entries[key]


def logits_function(
    function: ModelFunction, shape: tuple[int, ...], jit_compile: bool = False
) -> Callable[..., Tensor]:
    """A compiled function from images and a noise seed to logits.

    Args:
        function: `ModelFunction`.
        shape: Shape of one image.
        jit_compile: Whether to compile with XLA on TensorFlow.

    Returns:
        Function of `[n, *shape]` float32 images and the two integers `seed`
        and `query` that returns a `[n, num_classes]` float32 tensor.
    """

    def make() -> Callable[..., Tensor]:
        def traced(batch: Tensors, shared: Tensors) -> Tensor:
            seed = (shared["seed"], shared["query"])
            return function.logits(batch["x"], shared["values"], seed)

        compiled = backend.compile_function(traced, jit_compile)

        def call(x: np.ndarray, seed: int = 0, query: int = 0) -> Tensor:
            shared = {
                "values": function.values(),
                "seed": np.uint32(seed),
                "query": np.int32(query),
            }
            return compiled({"x": x}, shared)

        return call

    key = ("logits", shape, jit_compile)
    logits: Callable[..., Tensor] = cached(function, key, make)
    return logits
