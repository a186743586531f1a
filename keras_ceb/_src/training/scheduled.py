"""Where a model is in its schedule of rho."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.notices import warn
from keras_ceb._src.training import labels

# Decay of the running training accuracy that starts a `JumpStart`.
ACCURACY_DECAY = 0.9
# What a file from before the model counted its own steps is read as.
_UNKNOWN = -1


class Scheduled:
    """Mixin of a Keras model whose rho follows its `schedule`.

    What the schedule depends on is state of the model, so that it is saved
    with the weights, and a compiled step moves it without the host. It counts
    training steps itself: the optimizer's count starts again with every
    `compile`.
    """

    def add_schedule_state(self):
        """Creates the variables, before the first step."""
        # Each replica computes the same values, so none need be exchanged.
        options = {
            "shape": (),
            "trainable": False,
            "aggregation": "only_first_replica",
        }
        constant = keras.initializers.Constant
        self.jump_step = self.add_weight(
            dtype="int32", initializer=constant(-1), name="jump_step", **options
        )
        self.running_accuracy = self.add_weight(
            dtype="float32",
            initializer="zeros",
            name="running_accuracy",
            **options,
        )
        self.current_rho = self.add_weight(
            dtype="float32",
            initializer=constant(self._rho_at(0, -1)),
            name="current_rho",
            **options,
        )
        self.rho_step = self.add_weight(
            dtype="int32", initializer="zeros", name="rho_step", **options
        )
        # Batches of the gradient that is being accumulated.
        self.rho_batch = self.add_weight(
            dtype="int32", initializer="zeros", name="rho_batch", **options
        )

    def restart_schedule(self: Any) -> None:
        """Takes rho back to the start of its schedule.

        Another `compile` does not: the model goes on at the rho that it has,
        whichever optimizer trains it. Weights stay as they are.
        """
        if not self.has_bottleneck:
            return
        self.jump_step.assign(-1)
        self.running_accuracy.assign(0.0)
        self.current_rho.assign(self._rho_at(0, -1))
        self.rho_step.assign(0)
        self.rho_batch.assign(0)

    def advance_schedule(self, logits, targets):
        """Moves the state to the next training step.

        Args:
            logits: Those of this replica's batch, `[batch, classes]`.
            targets: Their labels, as `labels.standardize` returns them.
        """
        step = ops.maximum(ops.convert_to_tensor(self.rho_step), 0)
        jump_step = ops.convert_to_tensor(self.jump_step)
        self.current_rho.assign(self.schedule(step, jump_step))
        if self.schedule.threshold is not None:
            running = self._running_accuracy(logits, targets)
            passed = ops.logical_and(
                jump_step < 0, running >= self.schedule.threshold
            )
            self.running_accuracy.assign(running)
            self.jump_step.assign(ops.where(passed, step, jump_step))
        # A step of the optimizer may take the gradients of several batches.
        batch = ops.convert_to_tensor(self.rho_batch) + 1
        whole = batch >= _batches_per_step(getattr(self, "optimizer", None))
        self.rho_step.assign(step + ops.cast(whole, "int32"))
        self.rho_batch.assign(ops.where(whole, ops.zeros_like(batch), batch))

    def _running_accuracy(self, logits, targets):
        right = ops.cast(labels.chosen(logits, targets), "float32")
        count = ops.cast(ops.shape(right)[0], "float32")
        accuracy = backend.all_reduce_sum(ops.sum(right))
        accuracy = accuracy / backend.all_reduce_sum(count)
        running = ACCURACY_DECAY * ops.convert_to_tensor(self.running_accuracy)
        return running + (1.0 - ACCURACY_DECAY) * accuracy

    def load_own_variables(self, store):
        # Files from before `rho_step` have three variables of the model.
        if self.has_bottleneck and "2" in store.keys() and "3" not in store:
            store = {key: store[key] for key in store.keys()}
            store.update({"3": _UNKNOWN, "4": 0})
        super().load_own_variables(store)

    def fit(self, **arguments):
        if self.has_bottleneck:
            self._find_step()
            self._warn_of_monitors(arguments.get("callbacks"))
        history = super().fit(**arguments)
        if self.has_bottleneck:
            self._warn_unless_arrived()
        return history

    def train_on_batch(self, *args, **kwargs):
        if self.has_bottleneck:
            self._find_step()
        return super().train_on_batch(*args, **kwargs)

    def _find_step(self):
        """Where an old file did not say it, the optimizer's step."""
        if _number(self.rho_step) == _UNKNOWN:
            self.rho_step.assign(ops.cast(self.optimizer.iterations, "int32"))

    def _arrived(self):
        return abs(_number(self.current_rho) - self.schedule.rho) < 1e-4

    def _warn_of_monitors(self, callbacks):
        """The loss rises as rho falls, so it finds no best weights."""
        if self._arrived():
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

    def _warn_unless_arrived(self):
        """Says that training ended before rho had its value."""
        rho, step = _number(self.current_rho), int(_number(self.rho_step))
        if self._arrived() or step <= 0:
            return
        jump_step = int(_number(self.jump_step))
        text = (
            f"`fit` ended at rho = {rho:.4g}, before the schedule reached "
            f"{self.schedule.rho:.4g}: "
        )
        if self.schedule.threshold is not None and jump_step < 0:
            text += (
                f"after {step} training steps the running training accuracy "
                f"is {_number(self.running_accuracy):.3g}, and rho falls once "
                f"it has passed {self.schedule.threshold:.3g}. Train longer, "
                "or raise the learning rate."
            )
        else:
            missing = self._steps_to_target(step, jump_step)
            text += (
                f"after {step} training steps, it needs about {missing} more. "
                "Train longer, use a smaller batch or a shorter "
                "schedule, such as `rho=schedules.JumpStart("
                f"{self.schedule.rho:g}, steps_per_epoch=..., "
                "anneal_epochs=...)`."
            )
        warn(text)

    def _steps_to_target(self, step, jump_step):
        """How many steps from here until the schedule is at its end."""

        def arrived(more):
            value = self._rho_at(step + more - 1, jump_step)
            return abs(value - self.schedule.rho) < 1e-4

        high = 1
        while not arrived(high) and high < 2**30:
            high *= 2
        low = high // 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if arrived(middle) else (middle, high)
        return high

    def _rho_at(self, step, jump_step):
        return _number(self.schedule(step, jump_step))


def _number(value: Any) -> float:
    """A scalar variable or tensor as a Python number."""
    return float(ops.convert_to_numpy(ops.convert_to_tensor(value)))


def _batches_per_step(optimizer: Any) -> int:
    """How many batches a step of an optimizer takes the gradients of."""
    # A `LossScaleOptimizer` accumulates inside.
    optimizer = getattr(optimizer, "inner_optimizer", optimizer)
    return getattr(optimizer, "gradient_accumulation_steps", None) or 1
