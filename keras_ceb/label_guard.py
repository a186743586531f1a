"""How `fit` and `evaluate` find labels that are not possible."""

import functools
import inspect

import keras
from keras import ops

from keras_ceb import backend
from keras_ceb import labels


class InvalidLabelCount(keras.metrics.Sum):
    """Counts impossible labels; only `clear` forgets them.

    Keras resets metrics between training and validation, before a callback
    could read them.
    """

    def reset_state(self):
        pass

    def clear(self):
        super().reset_state()


class LabelGuard(keras.callbacks.Callback):
    """Raises when the model has counted labels that are not possible.

    `CEBModel.fit` and `CEBModel.evaluate` add it. Reading the count waits for
    the device, so it is read after the first batch, then after every
    `period` batches, and at the end: until then such labels had no weight.
    """

    period = 64

    def on_train_batch_end(self, batch, logs=None):
        if batch % self.period == 0:
            self._check()

    def on_epoch_end(self, epoch, logs=None):
        self._check()

    def on_test_end(self, logs=None):
        self._check()

    def _check(self):
        backend.sync_state(self.model)
        count = int(self.model.invalid_labels.result())
        if count:
            self.model.invalid_labels.clear()
            expected = labels.expected(self.model.num_classes)
            raise ValueError(
                f"`y` must hold {expected}. Received: {count} labels outside "
                "of that so far. They were given no weight; check the labels "
                "of the dataset, or `num_classes`."
            )


class LabelGuarded:
    """Mixin of a Keras model with `num_classes`, whose labels are watched.

    Labels in arrays are checked before the first step. Those of a stream are
    counted by the compiled step, which calls `count_invalid_labels`, and a
    `LabelGuard` reads the count.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A metric, so that every strategy sums it; it stays out of the logs.
        self.invalid_labels = InvalidLabelCount(name="invalid_labels")

    def count_invalid_labels(self, mask):
        """Counts the labels outside of `mask`, `[batch]` booleans."""
        self.invalid_labels.update_state(ops.cast(~mask, "float32"))

    def get_metrics_result(self):
        results = super().get_metrics_result()
        results.pop(self.invalid_labels.name, None)
        return results

    @functools.wraps(keras.Model.fit)
    def fit(self, *args, **kwargs):
        return super().fit(**self._guarded(super().fit, args, kwargs))

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self, *args, **kwargs):
        return super().evaluate(**self._guarded(super().evaluate, args, kwargs))

    def _guarded(self, method, args, kwargs):
        """The arguments of `fit` or `evaluate`, labels checked and watched."""
        bound = inspect.signature(method).bind(*args, **kwargs)
        arguments = bound.arguments
        arguments.update(arguments.pop("kwargs", {}))
        self._check_arrays(arguments.get("x"), arguments.get("y"), "y")
        validation = arguments.get("validation_data")
        if isinstance(validation, tuple) and len(validation) > 1:
            self._check_arrays(*validation[:2], "validation_data")
        callbacks = arguments.get("callbacks")
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = keras.tree.flatten(callbacks or [])
            arguments["callbacks"] = [*callbacks, LabelGuard()]
        return arguments

    def _check_arrays(self, x, y, name):
        """Checks labels that come as arrays; those of a stream come later."""
        flat = keras.tree.flatten(x)
        if y is not None or all(hasattr(item, "shape") for item in flat):
            labels.check(y, self.num_classes, name)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        labels.check(y, self.num_classes)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        labels.check(y, self.num_classes)
        return super().test_on_batch(x, y, *args, **kwargs)
