"""What makes a training batch adversarial.

The attack raises -log c(y|f(x)) of each image by itself: no residual
information, no noise of the encoder, no dropout, and BatchNorm with its moving
averages, which the attack does not change. The step that follows is Keras's
own, on the adversarial batch.

An adversary with a `divergence_weight` raises the divergence of c(.|f(x'))
from c(.|f(x)) instead. The step is then on the clean batch, x' is kept beside
it, and `compute_loss` adds the divergence.
"""

from collections.abc import Callable
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
from keras_ceb._src.adversarial.trades import divergence
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import labels
from keras_ceb._src.training.beside import Beside
from keras_ceb._src.training.forward_pass import Encoded
from keras_ceb._src.typing import Tensor
from keras_ceb._src.typing import Tensors

# In float16 the gradient of a nearly certain example underflows. The
# attack follows its direction only, so any factor will do.
_FLOAT16_SCALE = 2.0**10
# Adversarial images and the weight of their divergence, beside clean images.
_pairs = Beside("_keras_ceb_adversarial")


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
        seed = backend.seed_word(adversary.seed)
        model.adversary_seeds = keras.random.SeedGenerator(seed)
        if locked:
            model._tracker.lock()
    elif adversary.seed is not None:
        model.adversary_seeds.state.assign(
            [backend.seed_word(adversary.seed), 0]
        )


def check_arrays(adversary: Adversary | None, x: Any) -> None:
    """Checks inputs that `fit` gets as arrays, before anything is compiled.

    Those of a stream are checked in the first step, except for their range.

    Raises:
        ValueError: If they cannot be attacked, or leave the `bounds`.
    """
    flat = keras.tree.flatten(x)
    if adversary is None or not all(hasattr(part, "dtype") for part in flat):
        return
    _check(adversary, x)
    if not isinstance(x, np.ndarray):
        return
    if not x.size:
        return
    low, high = x.min(), x.max()
    if not checks.is_within(low, high, adversary.bounds):
        raise ValueError(
            f"`x` must lie within `bounds={adversary.bounds}` of the "
            "adversary. Give it the range of the inputs: "
            f"`{type(adversary).__name__}(..., bounds=(0, 255))` for images "
            f"in 0..255. Received: values from {low:g} to {high:g}"
        )


def attacked(model: keras.Model, batch: Any) -> Any:
    """The batch of a training step against the adversary of a model.

    Args:
        model: A `CEBModel` with an adversary.
        batch: The batch of `fit`.

    Returns:
        The batch with adversarial inputs; or, if the loss is to have their
        divergence, with inputs that they are kept beside.
    """
    x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    adversary = model.adversary
    adversarial = model.adversarial_batch(x, y)
    if not adversary.divergence_weight:
        x = adversarial
    else:
        x = ops.convert_to_tensor(x)
        weight = adversary.divergence_weight
        if adversary.start_step:
            started = ops.cast(_steps_since_start(model) >= 0, "float32")
            weight = weight * started
        _pairs.keep(x, (adversarial, weight))
    return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)


def added_losses(model: keras.Model, x: Any, encoded: Encoded) -> Tensor:
    """What the adversary adds to the loss of each example.

    Args:
        model: A `CEBModel` with an adversary.
        x: The inputs of the step.
        encoded: The forward pass of these in training mode.

    Returns:
        Nats, `[batch]`; or 0 if nothing is kept beside `x`.
    """
    pair = _pairs.find(x)
    if pair is None:
        return 0.0
    adversarial, weight = pair
    clean_logits = _logits_of_mean(model, encoded)
    logits = _logits_of_mean(
        model, model.forward_pass(adversarial, training=True)
    )
    return weight * divergence(clean_logits, logits)


def batch(model: keras.Model, x: Tensors, y: Any) -> Tensor:
    """See `CEBModel.adversarial_batch`."""
    adversary = model.adversary
    _check(adversary, x)
    x = ops.cast(ops.convert_to_tensor(x), "float32")
    seed = backend.replica_seed(model.adversary_seeds)
    scale = 1.0
    if adversary.warmup_steps:
        steps = ops.cast(_steps_since_start(model), "float32")
        scale = ops.clip(steps / adversary.warmup_steps, 0.0, 1.0)

    def attack() -> Tensor:
        index = ops.arange(ops.shape(x)[0], dtype="int32")
        keys = random.image_keys(seed, index)
        gradient = _gradient(model, _losses(model, x, y))
        found = adversary.perturb(x, gradient, keys, scale)
        if adversary.clean_fraction:
            clean = stays_clean(index, adversary.clean_fraction)
            found = ops.where(ball.per_image(clean, x), x, found)
        return found

    if adversary.start_step:
        started = _steps_since_start(model) >= 0
        return ops.stop_gradient(ops.cond(started, attack, lambda: x))
    return ops.stop_gradient(attack())


def stays_clean(index: Tensor, fraction: float) -> Tensor:
    """Which images of a batch stay clean, `[batch]` booleans.

    The share of any first images differs from `fraction` by less than one
    image, so that it is the same on each replica.

    Args:
        index: Their positions, `[batch]` integers.
        fraction: From 0 to 1.
    """
    index = ops.cast(index, "float32")

    def count(images: Tensor) -> Tensor:
        # Keeps 10 * 0.7 from being less than 7.
        return ops.floor(fraction * images + 1e-3)

    return count(index + 1.0) > count(index)


def _steps_since_start(model: keras.Model) -> Tensor:
    """Training steps since the one at which the attack begins, int32."""
    steps = ops.convert_to_tensor(model.optimizer.iterations)
    return ops.cast(steps, "int32") - model.adversary.start_step


def _logits_of_mean(model: keras.Model, encoded: Encoded) -> Tensor:
    """The logits c(.|f(x)) of a forward pass, without its noise."""
    if encoded.noise is None:
        return encoded.logits
    return model.classifier(encoded.mean)


def _losses(
    model: keras.Model, x: Tensor, y: Any
) -> Callable[[Tensor], Tensor]:
    """The function that the attack raises, of each image, from its logits."""
    if not model.adversary.divergence_weight:
        targets, _ = labels.masked(y, model.num_classes)
        return lambda logits: terms.classification_entropy(logits, targets)
    with _updates_dropped(model):
        clean_logits = model(x, training=False)
    return lambda logits: divergence(clean_logits, logits)


def _gradient(
    model: keras.Model, losses: Callable[[Tensor], Tensor]
) -> Callable[[Tensor], Tensor]:
    """The gradient of losses of the logits with respect to the inputs."""
    half = model.compute_dtype == "float16"

    def values(x: Tensor) -> tuple[Tensor, tuple[()]]:
        with _updates_dropped(model):
            logits = model(x, training=False)
        found = losses(logits)
        return (_FLOAT16_SCALE * found if half else found), ()

    def gradient(x: Tensor) -> Tensor:
        _, found = backend.value_and_gradient(values, x)
        if half:
            found = ops.where(ops.isfinite(found), found, 0.0)
        return found

    return gradient


def _check(adversary: Adversary, x: Any) -> None:
    """Checks that inputs can be attacked: one array or tensor of floats."""
    if keras.tree.is_nested(x):
        names = f", {sorted(x)}" if isinstance(x, dict) else ""
        raise ValueError(
            "`x` must be one tensor to be attacked by an adversary: a model "
            "of several inputs has to be trained without one. Received: "
            f"x={type(x).__name__} of {len(keras.tree.flatten(x))} "
            f"tensors{names}"
        )
    # Of arrays and of tensors, also of strings, which Keras has no name for.
    dtype = getattr(x.dtype, "name", str(x.dtype))
    if "float" not in dtype:
        raise ValueError(
            "`x` must hold floats to be attacked by an adversary, as no "
            "gradient reaches integers or text. Cast images before `fit`, and "
            "give `bounds` in their units; move a layer that looks up, "
            "encodes or tokenizes its inputs out of the model, into the data "
            "set, and attack the floats that it returns. Received: x of dtype "
            f"{dtype}"
        )
    shape = tuple(x.shape[1:])
    if adversary.norm == "l2" and None not in shape:
        checks.check_l2_radius(adversary.eps, adversary.bounds, shape)


@contextmanager
def _updates_dropped(model: keras.Model) -> Iterator[None]:
    """Discards what layers write to the state that is being traced."""
    if not forward_pass.in_stateless_scope():
        yield
        return
    variables = model.trainable_variables + model.non_trainable_variables
    with keras.StatelessScope(state_mapping=[(v, v.value) for v in variables]):
        yield
