"""How a model is trained on adversarial batches."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import objective as terms
from keras_ceb._src.adversarial.adversary import Adversary
from keras_ceb._src.adversarial.adversary import Draw
from keras_ceb._src.robustness import checks
from keras_ceb._src.training import forward_pass
from keras_ceb._src.training import labels

# In float16 the gradient of an example that is all but certain underflows. The
# attack follows its direction only, so any factor will do.
_FLOAT16_SCALE = 2.0**10
_SEED_KEY = "seed_adversary"


class AdversariallyTrained:
    """Mixin of a Keras model whose training step attacks its batch first.

    The attack raises -log c(y|f(x)) of each image by itself: no residual
    information, no noise of the encoder, no dropout, and BatchNorm with its
    moving averages, which the attack leaves alone. The step that follows is
    Keras's own, on the adversarial batch.
    """

    _adversary: Adversary | None = None
    _start_seeds: Any = None

    @property
    def adversary(self) -> Adversary | None:
        """What `compile` was given."""
        return self._adversary

    def _set_adversary(self: Any, adversary):
        if adversary is not None and not isinstance(adversary, Adversary):
            raise TypeError(
                "`adversary` must be one of `keras_ceb.adversarial`, or "
                f"`None`. Received: adversary={adversary!r} of type "
                f"{type(adversary).__name__}"
            )
        self._adversary = adversary
        if adversary is None:
            return
        if self._start_seeds is None:
            # A model that has its weights takes no more state unless unlocked.
            locked = self._tracker.locked
            self._tracker.unlock()
            self._start_seeds = keras.random.SeedGenerator(adversary.seed)
            if locked:
                self._tracker.lock()
        elif adversary.seed is not None:
            self._start_seeds.state.assign([adversary.seed, 0])

    def get_compile_config(self):
        config = super().get_compile_config()
        if config and self.adversary is not None:
            config["adversary"] = keras.saving.serialize_keras_object(
                self.adversary
            )
        return config

    def fit(self, **arguments):
        x = arguments.get("x")
        if self.adversary is not None and isinstance(x, np.ndarray):
            checks.check_images(x, self.adversary.bounds)
        return super().fit(**arguments)

    def train_step(self, *args):
        """One step of training; Keras calls it with a batch."""
        if self.adversary is not None:
            args = backend.change_batch(self, self._attack, *args)
        return super().train_step(*args)

    def _attack(self, data):
        x, y, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        x = self.adversarial_batch(x, y)
        return keras.utils.pack_x_y_sample_weight(x, y, sample_weight)

    def adversarial_batch(self: Any, x: Any, y: Any) -> Any:
        """The batch that a training step with the adversary takes its loss of.

        Each call draws new random starts.

        Args:
            x: Inputs, `[batch, ...]`, one tensor of floats.
            y: Labels, as for `fit`.

        Returns:
            A tensor of the shape of `x`, float32.

        Raises:
            ValueError: If there is no adversary, or the inputs are not one
                tensor of floats.
        """
        if self.adversary is None:
            raise ValueError(
                "`adversarial_batch` needs `compile(adversary=...)`. "
                "Received: a model without an adversary"
            )
        x = ops.cast(_float_tensor(x), "float32")
        targets = labels.standardize(y, self.num_classes)
        mask = labels.valid(targets, self.num_classes)
        targets = labels.neutral(targets, mask)
        half = self.compute_dtype == "float16"

        def losses(x):
            with _updates_dropped(self):
                logits = self(x, training=False)
            values = terms.classification_entropy(logits, targets)
            return (_FLOAT16_SCALE * values if half else values), ()

        def gradient(x):
            _, found = backend.value_and_gradient(losses, x)
            if half:
                found = ops.where(ops.isfinite(found), found, 0.0)
            return found

        seed, step = backend.replica_seed(self._start_seeds)
        index = ops.arange(ops.shape(x)[0], dtype="int32")
        return ops.stop_gradient(
            self.adversary.perturb(x, gradient, Draw(seed, index, step))
        )

    def save_own_variables(self, store):
        super().save_own_variables(store)
        if self._start_seeds is not None:
            store[_SEED_KEY] = self._start_seeds.state.numpy()

    def load_own_variables(self, store):
        super().load_own_variables(store)
        if self._start_seeds is not None and _SEED_KEY in store.keys():
            self._start_seeds.state.assign(store[_SEED_KEY])

    def _seed_states(self):
        states = super()._seed_states()
        if self._start_seeds is None:
            return states
        # Saved by itself: files number the others.
        return [s for s in states if s is not self._start_seeds.state]


def _float_tensor(x):
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
    """Keeps what a layer writes out of the state that is being traced."""
    if not forward_pass.in_stateless_scope():
        yield
        return
    variables = model.trainable_variables + model.non_trainable_variables
    with keras.StatelessScope(state_mapping=[(v, v.value) for v in variables]):
        yield
