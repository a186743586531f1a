"""The state of a model in its schedule of rho."""

from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.notices import warn
from keras_ceb._src.schedules.schedule import Schedule
from keras_ceb._src.targets import chosen
from keras_ceb._src.typing import Tensor

# Decay of the running training accuracy that starts a `JumpStart`.
ACCURACY_DECAY = 0.9
# The step of a file that was saved before models counted their own steps.
_UNKNOWN = -1


class Rho:
    """The state of a schedule in variables of the model that it belongs to.

    It is saved with the weights, and a compiled step updates it without the
    host. It counts training steps itself, because the optimizer's count starts
    again with every `compile`.

    Args:
        schedule: The schedule that rho follows.
        add_weight: The method of the model that makes its variables.

    Attributes:
        value: rho at the last training step.
        step: Training steps so far.
        batch: Batches so far of the gradient that is being accumulated.
        jump_step: The step at which the running accuracy has passed the
            threshold of the schedule, -1 before.
        accuracy: The running training accuracy.
    """

    def __init__(self, schedule: Schedule, add_weight: Callable[..., Any]):
        self.schedule = schedule

        def variable(name: str, dtype: str, value: float) -> Any:
            return add_weight(
                name=name,
                shape=(),
                dtype=dtype,
                initializer=keras.initializers.Constant(value),
                trainable=False,
                # Each replica computes the same values: none is exchanged.
                aggregation="only_first_replica",
            )

        # Files hold them in this order.
        self.jump_step = variable("jump_step", "int32", -1)
        self.accuracy = variable("running_accuracy", "float32", 0.0)
        self.value = variable("current_rho", "float32", self._at(0, -1))
        self.step = variable("rho_step", "int32", 0)
        self.batch = variable("rho_batch", "int32", 0)

    def restart(self) -> None:
        """Sets the state back to the start of the schedule."""
        self.jump_step.assign(-1)
        self.accuracy.assign(0.0)
        self.value.assign(self._at(0, -1))
        self.step.assign(0)
        self.batch.assign(0)

    def advance(self, logits: Tensor, targets: Tensor, optimizer: Any) -> None:
        """Advances the state by one training step.

        Args:
            logits: Those of this replica's batch, `[batch, classes]`.
            targets: Their labels, as `targets.standardize` returns them.
            optimizer: The optimizer that takes the step, or `None`.
        """
        step = ops.maximum(ops.convert_to_tensor(self.step), 0)
        jump_step = ops.convert_to_tensor(self.jump_step)
        self.value.assign(self.schedule(step, jump_step))
        if self.schedule.threshold is not None:
            accuracy = self._running_accuracy(logits, targets)
            passed = ops.logical_and(
                jump_step < 0, accuracy >= self.schedule.threshold
            )
            self.accuracy.assign(accuracy)
            self.jump_step.assign(ops.where(passed, step, jump_step))
        # A step of the optimizer may take the gradients of several batches.
        batch = ops.convert_to_tensor(self.batch) + 1
        whole = batch >= _batches_per_step(optimizer)
        self.step.assign(step + ops.cast(whole, "int32"))
        self.batch.assign(ops.where(whole, ops.zeros_like(batch), batch))

    def _running_accuracy(self, logits: Tensor, targets: Tensor) -> Tensor:
        right = ops.cast(chosen(logits, targets), "float32")
        count = ops.cast(ops.shape(right)[0], "float32")
        accuracy = backend.all_reduce_sum(ops.sum(right))
        accuracy = accuracy / backend.all_reduce_sum(count)
        running = ACCURACY_DECAY * ops.convert_to_tensor(self.accuracy)
        return running + (1.0 - ACCURACY_DECAY) * accuracy

    def find_step(self, optimizer: Any) -> None:
        """Takes the optimizer's step if an old file did not hold one."""
        if _number(self.step) == _UNKNOWN:
            self.step.assign(ops.cast(optimizer.iterations, "int32"))

    @property
    def has_arrived(self) -> bool:
        """Whether rho has the value that the schedule ends at."""
        return self._is_end(_number(self.value))

    def warn_of_monitors(self, callbacks: Any) -> None:
        """Warns of callbacks that look for the epoch of the lowest loss.

        The loss rises as rho falls, so its minimum is not the best epoch.

        Args:
            callbacks: Those of `fit`.
        """
        if self.has_arrived:
            return
        if isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = callbacks.callbacks
        for callback in keras.tree.flatten(callbacks or []):
            monitor = getattr(callback, "monitor", None)
            only_best = getattr(callback, "save_best_only", True)
            if monitor in ("loss", "val_loss") and only_best:
                better = monitor.replace("loss", "target_loss")
                warn(
                    f"{type(callback).__name__} monitors {monitor!r}, which "
                    "rises while rho falls: its best epoch is one before the "
                    "bottleneck closed. Use "
                    f"monitor={better!r}, mode='min' (the loss at the rho that "
                    "the schedule ends at), or an accuracy."
                )

    def warn_unless_arrived(self) -> None:
        """Warns if training has ended before rho reached its target."""
        step = int(_number(self.step))
        if self.has_arrived or step <= 0:
            return
        jump_step = int(_number(self.jump_step))
        text = (
            f"`fit` ended at rho = {_number(self.value):.4g}, before the "
            f"schedule reached {self.schedule.rho:.4g}: "
        )
        if self.schedule.threshold is not None and jump_step < 0:
            text += (
                f"after {step} training steps the running training accuracy "
                f"is {_number(self.accuracy):.3g}, and rho falls once "
                f"it has passed {self.schedule.threshold:.3g}. Train longer, "
                "or raise the learning rate."
            )
        else:
            missing = self._steps_to_end(step, jump_step)
            text += (
                f"after {step} training steps, it needs about {missing} more. "
                "Train longer, use a smaller batch or a shorter "
                "schedule, such as `rho=schedules.JumpStart("
                f"{self.schedule.rho:g}, steps_per_epoch=..., "
                "anneal_epochs=...)`."
            )
        warn(text)

    def _steps_to_end(self, step: int, jump_step: int) -> int:
        """How many steps from here until the schedule is at its end."""

        def arrived(more: int) -> bool:
            return self._is_end(self._at(step + more - 1, jump_step))

        high = 1
        while not arrived(high) and high < 2**30:
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if arrived(middle) else (middle, high)
        return high

    def _is_end(self, rho: float) -> bool:
        return abs(rho - self.schedule.rho) < 1e-4

    def _at(self, step: int, jump_step: int) -> float:
        return _number(self.schedule(step, jump_step))


def with_own_step(store: Mapping[str, Any]) -> Mapping[str, Any]:
    """The variables in a file; adds `step` to those of an old one."""
    if "2" in store.keys() and "3" not in store.keys():
        return {**{k: store[k] for k in store.keys()}, "3": _UNKNOWN, "4": 0}
    return store


def _number(value: Any) -> float:
    """A scalar variable or tensor as a Python number."""
    return float(ops.convert_to_numpy(ops.convert_to_tensor(value)))


def _batches_per_step(optimizer: Any) -> int:
    """How many batches a step of an optimizer takes the gradients of."""
    # A `LossScaleOptimizer` accumulates inside.
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return getattr(optimizer, "gradient_accumulation_steps", None) or 1
