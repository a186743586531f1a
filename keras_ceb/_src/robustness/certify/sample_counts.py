"""How many noisy samples of an image a model gives each class."""

from collections.abc import Callable
from typing import Any

import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import random
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import function_of
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# Separates the noise from the random numbers of attacks and corruptions.
_SALT = 2**30

# From the image `x` and its `index`, each of one row, the `seed` and the
# `sigma` of the noise, and the numbers of the `first` sample and of the one
# after the last (`stop`), to the number of samples of each class.
Counter = Callable[[dict[str, Any]], np.ndarray]


def counter(
    classifier: Classifier,
    shape: tuple[int, ...],
    num_classes: int,
    jit_compile: bool,
    fuse_noise: bool = True,
) -> Counter:
    """A function that counts the classes of samples, compiled once.

    The noise of a sample depends only on the seed, on the index of the image
    and on the number of the sample.

    Args:
        classifier: `Classifier`. Its `batch_size` is the number of samples
            per call of the model.
        shape: Shape of one image.
        num_classes: Number of classes.
        jit_compile: Whether to compile with XLA on TensorFlow.
        fuse_noise: Whether to compile the noise with it, at any rate.
    """
    function = function_of(classifier)
    size = classifier.batch_size

    def noise_of(key: Tensor, sample: Tensor) -> Tensor:
        return random.normal(key, shape, sample)

    if fuse_noise and not backend.runs_eagerly():
        # Each number takes a hundred operations, of which XLA makes one. The
        # model is left alone: on a CPU, XLA's convolutions are slow.
        noise_of = backend.jit(noise_of)

    def traced(batch: Tensors, shared: Tensors) -> Tensors:
        key = random.image_keys(shared["seed"], shared["index"], _SALT)
        # The batch is the place of a sample in a call of the model.
        place = batch["place"]
        zeros = ops.zeros_like(place)

        def add(
            number: Tensor, counts: Tensor, nan: Tensor
        ) -> tuple[Tensor, Tensor, Tensor]:
            sample = number + place
            noise = noise_of(key, sample[:, None])
            logits = function.logits(
                shared["x"] + shared["sigma"] * noise,
                shared["values"],
                (shared["seed"], number),
            )
            top = ops.argmax(logits, axis=1)
            top = ops.one_hot(top, num_classes, dtype="int32")
            used = ops.cast(sample < shared["stop"], "int32")
            nan = ops.logical_or(nan, ops.any(ops.isnan(logits), axis=1))
            return number + size, counts + top * used[:, None], nan

        _, counts, nan = ops.while_loop(
            lambda number, counts, nan: number < shared["stop"],
            add,
            (
                shared["first"],
                ops.repeat(zeros[:, None], num_classes, axis=1),
                ops.cast(zeros, "bool"),
            ),
        )
        return counts, nan

    call = compiled.cached(
        function,
        (
            "sample_counts",
            tuple(shape),
            size,
            num_classes,
            jit_compile,
            fuse_noise,
        ),
        lambda: backend.compile_function(traced, jit_compile),
    )
    batch = {"place": np.arange(size, dtype="int32")}

    def count(samples: dict[str, Any]) -> np.ndarray:
        shared = {"values": function.values(), **samples}
        counts, nan = map(ops.convert_to_numpy, call(batch, shared))
        worst = np.array([[np.nan if nan.any() else 0.0]])
        checks.check_logits(worst, samples["index"])
        total: np.ndarray = counts.sum(axis=0)
        return total

    return count
