"""What the loss needs from a forward pass besides its logits.

Keras calls `model(x)` and then `model.compute_loss(y_pred=...)`, and so do
custom loops. The residual information belongs to the encoding and the noise
that these logits were computed from, so both are kept with the logits.
"""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence
from contextlib import contextmanager
from typing import Any
from typing import NamedTuple

import keras
from keras import ops

from keras_ceb._src.training.beside import Beside
from keras_ceb._src.typing import Tensor


class Encoded(NamedTuple):
    """One forward pass of a `CEBModel`.

    Attributes:
        logits: `[batch, num_classes]`, float32, from z = mean + scale noise.
        mean: The mean f(x) of the encoder, `[batch, z_dim]`.
        noise: The noise eps of the sample, `[batch, z_dim]`, or `None` where
            there is none: at test time, and under the objective `"xent"`.
        scale: The standard deviations of the encoder, `[batch, z_dim]`, or
            `None` where they are 1.
    """

    logits: Tensor
    mean: Tensor
    noise: Tensor | None = None
    scale: Tensor | None = None


@dataclasses.dataclass
class ForwardPass:
    """What is kept with logits.

    Attributes:
        mean: See `Encoded`.
        noise: See `Encoded`.
        scale: See `Encoded`.
        values: Of a stateless call, the values of the trainable variables,
            and the list that it returned with those of the others. `None` for
            a call that read the variables themselves.
    """

    mean: Tensor
    noise: Tensor | None = None
    scale: Tensor | None = None
    values: tuple[Sequence[Tensor], list[Tensor]] | None = None

    @contextmanager
    def state_of(self, model: keras.Model) -> Iterator[None]:
        """Reads and writes the variables of the stateless call, if it was one.

        For a `compute_loss` outside of a `keras.StatelessScope`, as in Keras's
        guide to a `train_step` on JAX: what the loss changes is written to
        the list that `stateless_call` returned.
        """
        if self.values is None or in_stateless_scope():
            yield
            return
        trainable, non_trainable = self.values
        variables = model.trainable_variables + model.non_trainable_variables
        values = [*trainable, *non_trainable]
        # JAX's `fit` removes the values of metrics while it trains, and the
        # loop updates them itself: what the loss adds to them is dropped.
        variables += model.metrics_variables
        values += [ops.zeros(v.shape, v.dtype) for v in model.metrics_variables]
        with keras.StatelessScope(
            state_mapping=list(zip(variables, values, strict=True))
        ) as scope:
            yield
        for index, variable in enumerate(model.non_trainable_variables):
            value = scope.get_current_value(variable)
            if value is not None:
                non_trainable[index] = value


_passes = Beside("_keras_ceb_forward_pass")


def in_stateless_scope() -> bool:
    """Whether variables are read and written in a `keras.StatelessScope`."""
    scope = keras.src.backend.common.stateless_scope
    return bool(scope.in_stateless_scope())


def remember(encoded: Encoded) -> Tensor:
    """Keeps an encoding with its logits, for as long as these exist.

    Returns:
        The logits.
    """
    logits, *others = encoded
    _passes.keep(logits, ForwardPass(*others))
    return logits


def recall(logits: Tensor) -> ForwardPass | None:
    """The forward pass that these logits came from, if it is known."""
    found: ForwardPass | None = _passes.find(logits)
    return found


def encoded(logits: Tensor) -> Encoded:
    """The logits that a model has just returned, with their encoding."""
    found = recall(logits) or ForwardPass(None)
    return Encoded(logits, found.mean, found.noise, found.scale)


def remember_values(
    logits: Tensor, trainable: Sequence[Tensor], non_trainable: list[Tensor]
) -> None:
    """Keeps the values of the variables of a stateless call with logits."""
    found = recall(logits)
    if found is not None:
        found.values = trainable, non_trainable


@contextmanager
def behind(
    y_pred: Any, model: keras.Model, required: bool
) -> Iterator[Encoded]:
    """The forward pass behind predictions, for their loss.

    Inside, variables of the model are those of that pass, if it was a
    stateless call.

    Args:
        y_pred: Logits that the model returned, or an `Encoded`.
        model: The model.
        required: Whether the encoding is needed.

    Raises:
        ValueError: If it is needed, and not known.
    """
    given = y_pred if isinstance(y_pred, Encoded) else None
    logits = given.logits if given else y_pred
    found = recall(logits)
    if found is None and given is None and required:
        raise ValueError(
            "`y_pred` must be the tensor that this model returned, in the same "
            "compiled function: the residual information needs the encoding "
            "that it was computed from. Pass it unchanged, or pass "
            "`model.forward_pass(x, training=True)`. Received: "
            f"y_pred={y_pred!r}"
        )
    found = found or ForwardPass(None)
    with found.state_of(model):
        yield given or Encoded(logits, found.mean, found.noise, found.scale)
