"""The compiled function of a corruption at one severity."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import random
from keras_ceb._src.robustness.corruptions.images import filters
from keras_ceb._src.robustness.corruptions.images.corruption import Corruption
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Above this many pixels, `Corruption.one_by_one` takes effect.
_ONE_BY_ONE_PIXELS = 96 * 96

# Rounding in float32 may leave a whole level slightly too low; truncation would
# then lower it by one.
_TRUNCATION_GUARD = 1e-3


@functools.lru_cache(maxsize=512)
def compiled(
    corruption: Corruption,
    row: tuple[Any, ...],
    salt: int,
    white: float,
    dtype: str,
    shape: tuple[int, ...],
) -> Callable[[Tensors, Tensors], Tensor]:
    """The function that corrupts batches of images of one kind.

    Args:
        corruption: `Corruption`.
        row: Parameters of its function.
        salt: Separates its random numbers, see `Corruption.salt`.
        white: White level of the images.
        dtype: Dtype of the images.
        shape: Shape of one image.

    Returns:
        A function of `(images, indices)` and `(seed_words,)`, compiled by XLA.
    """

    def run(batch: tuple[Tensor, Tensor], shared: Tensors) -> Tensor:
        images, indices = batch
        keys = random.image_keys(shared[0], indices, salt)
        x = ops.cast(images, "float32")
        if white != 255:
            x = x * np.float32(255 / white)
        x = ops.clip(corruption.function(x, keys, *row), 0, 255)
        if dtype == "uint8":
            guard = 0.0 if corruption.float64 else _TRUNCATION_GUARD
            return ops.cast(ops.cast(x + guard, "int32"), "uint8")
        if white != 255:
            x = x * (white / 255)
        return ops.cast(x, dtype)

    def run_one_by_one(batch: tuple[Tensor, Tensor], shared: Tensors) -> Tensor:
        return filters.staged(lambda batch: run(batch, shared), batch)

    large = shape[0] * shape[1] > _ONE_BY_ONE_PIXELS
    one_by_one = corruption.one_by_one and large
    return backend.compile_function(
        run_one_by_one if one_by_one else run, jit_compile=True
    )
