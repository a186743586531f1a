"""Metrics of a training step."""

import keras


class Latest(keras.metrics.Metric):
    """The last value it was given: for a quantity that a schedule sets.

    Every replica has the same value, so that of the first one is read.
    """

    def __init__(self, name=None, dtype=None):
        super().__init__(name=name, dtype=dtype)
        self.value = self.add_variable(
            shape=(),
            initializer="zeros",
            aggregation="only_first_replica",
            name="value",
        )

    def update_state(self, value, sample_weight=None):
        del sample_weight
        self.value.assign(keras.ops.cast(value, self.value.dtype))

    def result(self):
        # A tensor: TensorFlow cannot return a variable from an eager step, and
        # for older Keras a variable is a tensor already.
        return self.value + 0.0
