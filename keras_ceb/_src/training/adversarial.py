"""What makes a training batch adversarial.

The attack raises -log c(y|f(x)) of each image by itself: no residual
information, no noise of the encoder, no dropout, and BatchNorm with its moving
averages, which the attack does not change. The step that follows is Keras's
own, on the adversarial batch.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import objective as terms
from keras_ceb._src import random
from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.robustness import checks
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import labels
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# In float16 the gradient of a nearly certain example underflows. The
# attack follows its direction only, so any factor will do.
_FLOAT16_SCALE = 2.0**10


def set_adversary(model: keras.Model, adversary: Adversary | None) -> None:
    """Sets the adversary of a model, and the seeds of the random starts.

    Raises:
        TypeError: If `adversary` is neither an `Adversary` nor `None`.
    """
    if adversary is not None and not isinstance(adversary, Adversary):
        raise TypeError(
            "`adversary` must be one of `keras_ceb.adversarial`, or "
            f"`None`. Received: adversary={adversary!r} of type "
            f"{type(adversary).__name__}"
        )
    model.adversary = adversary
    if adversary is None:
        return
    if model.adversary_seeds is None:
        # A model that has its weights takes no more state unless unlocked.
        locked = model._tracker.locked
        model._tracker.unlock()
        model.adversary_seeds = keras.random.SeedGenerator(adversary.seed)
        if locked:
            model._tracker.lock()
    elif adversary.seed is not None:
        model.adversary_seeds.state.assign([adversary.seed, 0])


def check_arrays(adversary: Adversary | None, x: Any) -> None:
    """Checks the range of inputs that `fit` gets as an array."""
    if adversary is not None and isinstance(x, np.ndarray):
        checks.check_images(x, adversary.bounds)


def batch(model: keras.Model, x: Tensors, y: Any) -> Tensor:
    """See `CEBModel.adversarial_batch`."""
    adversary = model.adversary
    if adversary is None:
        raise ValueError(
            "`adversary` must be given to `compile` before "
            "`adversarial_batch` is called. Received: adversary=None"
        )
    x = ops.cast(_float_tensor(x), "float32")
    targets, _ = labels.masked(y, model.num_classes)
    half = model.compute_dtype == "float16"

    def losses(x: Tensor) -> tuple[Tensor, tuple[()]]:
        with _updates_dropped(model):
            logits = model(x, training=False)
        values = terms.classification_entropy(logits, targets)
        return (_FLOAT16_SCALE * values if half else values), ()

    def gradient(x: Tensor) -> Tensor:
        _, found = backend.value_and_gradient(losses, x)
        if half:
            found = ops.where(ops.isfinite(found), found, 0.0)
        return found

    index = ops.arange(ops.shape(x)[0], dtype="int32")
    seed = backend.replica_seed(model.adversary_seeds)
    keys = random.image_keys(seed, index)
    return ops.stop_gradient(adversary.perturb(x, gradient, keys))


def _float_tensor(x: Tensors) -> Tensor:
    """The inputs, if they are one tensor of floats."""
    if keras.tree.is_nested(x):
        raise ValueError(
            "`x` must be one tensor to be attacked by an adversary. Received: "
            f"x={type(x).__name__} of {len(keras.tree.flatten(x))} tensors"
        )
    x = ops.convert_to_tensor(x)
    dtype = keras.backend.standardize_dtype(x.dtype)
    if "float" not in dtype:
        raise ValueError(
            "`x` must hold floats to be attacked by an adversary, as no "
            "gradient reaches integers. Cast them before `fit`, and give "
            f"`bounds` in their units. Received: x of dtype {dtype}"
        )
    return x


@contextmanager
def _updates_dropped(model: keras.Model) -> Iterator[None]:
    """Discards what layers write to the state that is being traced."""
    if not forward_pass.in_stateless_scope():
        yield
        return
    variables = model.trainable_variables + model.non_trainable_variables
    with keras.StatelessScope(state_mapping=[(v, v.value) for v in variables]):
        yield
