"""How `fit` and `evaluate` find labels that are not possible."""

import functools
import inspect

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.notices import warn
from keras_ceb._src.training import labels
from keras_ceb._src.training.metrics import Tracked

# Integer labels below this share of the classes suggest that `num_classes` is
# wrong, ImageNet's 1000 by default.
FEW_CLASSES = 0.1


class LabelsSeen(Tracked, keras.metrics.Sum):
    """Counts impossible labels; only `clear` forgets them.

    It remembers the largest integer label too. Keras resets metrics between
    training and validation, before a callback could read them.
    """

    def __init__(self, name=None):
        super().__init__(name=name)
        self.largest = self.add_variable(
            shape=(),
            dtype="int32",
            initializer=keras.initializers.Constant(-1),
            # Of several replicas, the share of the first one is looked at.
            aggregation="only_first_replica",
            name="largest",
        )

    def track(self, targets, mask):
        """Takes note of labels.

        Args:
            targets: Labels, as `labels.standardize` returns them.
            mask: Which of them are possible, `[batch]` booleans.
        """
        super().track(ops.cast(~mask, "float32"))
        if len(targets.shape) == 1:
            largest = ops.max(targets, initial=-1)
            self.largest.assign(ops.maximum(self.largest, largest))

    def reset_state(self):
        pass

    def clear(self):
        self.total.assign(0.0)


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
        largest = ops.convert_to_tensor(self.model.invalid_labels.largest)
        self.model.warn_of_few_classes(int(ops.convert_to_numpy(largest)) + 1)

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
    counted by the compiled step, in `invalid_labels`, and a `LabelGuard` reads
    the count.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        # A metric, so that every strategy sums it; it stays out of the logs.
        self.invalid_labels = LabelsSeen(name="invalid_labels")
        self._warned_of_few_classes = False
        # What follows the batch axis in the labels that a function is for.
        self._label_shapes = {}

    def warn_of_few_classes(self, seen):
        """Warns, once, if labels reach a small share of the classes.

        Args:
            seen: The largest label so far, plus one; 0 where there is none.
        """
        few = 0 < seen <= FEW_CLASSES * self.num_classes
        if few and not self._warned_of_few_classes:
            self._warned_of_few_classes = True
            warn(
                f"The largest label is {seen - 1}, so the data seem to have "
                f"{seen} classes, and the model has {self.num_classes}, to "
                "which the default schedule of rho is set as well. Pass "
                f"`num_classes={seen}` to `keras_ceb.wrap`."
            )

    def get_metrics_result(self):
        results = super().get_metrics_result()
        results.pop(self.invalid_labels.name, None)
        return results

    @functools.wraps(keras.Model.fit)
    def fit(self, *args, **kwargs):
        arguments = self._guarded("fit", args, kwargs)
        self._check_classes(arguments.get("y"))
        self._forget_other_form("train_function", arguments)
        return super().fit(**arguments)

    @functools.wraps(keras.Model.evaluate)
    def evaluate(self, *args, **kwargs):
        arguments = self._guarded("evaluate", args, kwargs)
        self._forget_other_form("test_function", arguments)
        return super().evaluate(**arguments)

    def _guarded(self, method, args, kwargs):
        """The arguments of `fit` or `evaluate`, labels checked and watched."""
        signature = inspect.signature(getattr(keras.Model, method))
        arguments = signature.bind(self, *args, **kwargs).arguments
        arguments.pop("self")
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

    def _forget_other_form(self, function, arguments):
        """Drops a compiled function that is for labels of another form.

        TensorFlow would trace it once more for both, and not know the shape.
        """
        y = arguments.get("y")
        if y is None:
            spec = getattr(arguments.get("x"), "element_spec", None)
            y = spec[1] if isinstance(spec, tuple) and len(spec) > 1 else None
        shape = getattr(y, "shape", None)
        if shape is None or getattr(shape, "rank", 0) is None:
            return
        shape = tuple(shape)[1:]
        if self._label_shapes.setdefault(function, shape) != shape:
            self._label_shapes[function] = shape
            setattr(self, function, None)

    def _check_classes(self, y):
        """Warns of labels in an array that reach few of the classes."""
        if y is not None:
            targets = labels.standardize(y, self.num_classes)
            if len(targets.shape) == 1 and targets.shape[0]:
                largest = ops.convert_to_numpy(ops.max(targets))
                self.warn_of_few_classes(int(largest) + 1)

    def train_on_batch(self, x, y=None, *args, **kwargs):
        labels.check(y, self.num_classes)
        return super().train_on_batch(x, y, *args, **kwargs)

    def test_on_batch(self, x, y=None, *args, **kwargs):
        labels.check(y, self.num_classes)
        return super().test_on_batch(x, y, *args, **kwargs)
