"""Where a model is in its schedule of rho."""

import keras
from keras import ops

from keras_ceb import backend
from keras_ceb import labels

# Decay of the running training accuracy that starts a `JumpStart`.
ACCURACY_DECAY = 0.9


class Scheduled:
    """Mixin of a Keras model whose rho follows its `schedule`.

    What the schedule depends on is state of the model, so that it is saved
    with the weights, and a compiled step moves it without the host.
    """

    def add_schedule_state(self):
        """Creates the variables, before the first step."""
        # Each replica computes the same values, so none need be exchanged.
        options = {"trainable": False, "aggregation": "only_first_replica"}
        self.jump_step = self.add_weight(
            shape=(),
            dtype="int32",
            initializer=keras.initializers.Constant(-1),
            name="jump_step",
            **options,
        )
        self.running_accuracy = self.add_weight(
            shape=(),
            dtype="float32",
            initializer="zeros",
            name="running_accuracy",
            **options,
        )
        self.current_rho = self.add_weight(
            shape=(),
            dtype="float32",
            initializer=keras.initializers.Constant(
                float(ops.convert_to_numpy(self.schedule(0, -1)))
            ),
            name="current_rho",
            **options,
        )

    def advance_schedule(self, step, logits, targets):
        """Moves the state to a training step.

        Args:
            step: The optimizer's step, integer scalar.
            logits: Those of this replica's batch, `[batch, classes]`.
            targets: Their labels, as `labels.standardize` returns them.
        """
        jump_step = self.jump_step.value
        self.current_rho.assign(self.schedule(step, jump_step))
        if self.schedule.threshold is None:
            return
        right = ops.cast(labels.chosen(logits, targets), "float32")
        count = ops.cast(ops.shape(right)[0], "float32")
        accuracy = backend.all_reduce_sum(ops.sum(right))
        accuracy = accuracy / backend.all_reduce_sum(count)
        running = ACCURACY_DECAY * self.running_accuracy.value
        running = running + (1.0 - ACCURACY_DECAY) * accuracy
        passed = ops.logical_and(
            jump_step < 0, running >= self.schedule.threshold
        )
        self.running_accuracy.assign(running)
        self.jump_step.assign(
            ops.where(passed, ops.cast(step, "int32"), jump_step)
        )
