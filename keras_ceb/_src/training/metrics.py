"""Metrics of a training step."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_ceb._src.objective import classification_entropy
from keras_ceb._src.targets import are_integers
from keras_ceb._src.targets import chosen
from keras_ceb._src.targets import standardize
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Tensor


class Tracked:
    """Mixin for a metric that only `CEBModel` updates, with `track`.

    A custom loop that updates every metric of the model with labels and
    predictions, as in Keras's guide, does not change it.
    """

    def track(self, *args: Tensor) -> None:
        """Updates the metric; the arguments are those of `update_state`."""
        # The metric that this is mixed into has the method.
        super().update_state(*args)  # type: ignore[misc]

    def update_state(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs


class TrackedMean(Tracked, keras.metrics.Mean):
    """The mean of values."""


class Latest(Tracked, keras.metrics.Metric):
    """The last value it was given: for a quantity that a schedule sets.

    Every replica has the same value, so that of the first one is read.
    """

    def __init__(self, name: str | None = None, dtype: Any = None):
        super().__init__(name=name, dtype=dtype)
        self.value = self.add_variable(
            shape=(),
            initializer="zeros",
            aggregation="only_first_replica",
            name="value",
        )

    def track(self, value: Tensor) -> None:
        self.value.assign(keras.ops.cast(value, self.value.dtype))

    def result(self) -> Tensor:
        # A tensor: TensorFlow cannot return a variable from an eager step, and
        # for older Keras a variable is a tensor already.
        return self.value + 0.0


@keras.saving.register_keras_serializable(package="keras_ceb")
class ClassAccuracy(keras.metrics.MeanMetricWrapper):
    """What `"accuracy"` means, for labels of either form.

    Keras resolves the string once, for the labels of the first batch, and the
    result is wrong for labels of the other form, in validation for example.

    Args:
        name: Name of the metric.
        dtype: Its dtype.
    """

    def __init__(self, name: str = "accuracy", dtype: Any = None):
        super().__init__(_right, name=name, dtype=dtype)
        # For callbacks that monitor it.
        self._direction = "up"

    def get_config(self) -> Config:
        return {"name": self.name, "dtype": self.dtype}


@keras.saving.register_keras_serializable(package="keras_ceb")
class ClassCrossentropy(keras.metrics.MeanMetricWrapper):
    """What `"crossentropy"` means: of logits, for labels of either form.

    Args:
        name: Name of the metric.
        dtype: Its dtype.
    """

    def __init__(self, name: str = "crossentropy", dtype: Any = None):
        super().__init__(_entropy, name=name, dtype=dtype)
        self._direction = "down"

    def get_config(self) -> Config:
        return {"name": self.name, "dtype": self.dtype}


def _right(y_true: Tensor, y_pred: Tensor) -> Tensor:
    targets = standardize(y_true, y_pred.shape[-1])
    return ops.cast(chosen(y_pred, targets), "float32")


def _entropy(y_true: Tensor, y_pred: Tensor) -> Tensor:
    return classification_entropy(y_pred, standardize(y_true, y_pred.shape[-1]))


_BY_STRING = {
    "accuracy": ClassAccuracy,
    "acc": ClassAccuracy,
    "crossentropy": ClassCrossentropy,
    "ce": ClassCrossentropy,
}
_NEED_INTEGERS = (
    keras.metrics.SparseCategoricalAccuracy,
    keras.metrics.SparseCategoricalCrossentropy,
    keras.metrics.SparseTopKCategoricalAccuracy,
)
_NEED_PROBABILITIES = (
    keras.metrics.CategoricalAccuracy,
    keras.metrics.CategoricalCrossentropy,
    keras.metrics.TopKCategoricalAccuracy,
)


def resolve(metrics: Any) -> Any:
    """The `metrics` of `compile`, strings that depend on labels resolved.

    Args:
        metrics: `None`, or a nest of strings, functions and metrics.

    Returns:
        The same nest, with a metric for labels of either form in place of
        `"accuracy"`, `"acc"`, `"crossentropy"` and `"ce"`, under that name.
    """

    def metric(identifier: Any) -> Any:
        if isinstance(identifier, str) and identifier in _BY_STRING:
            return _BY_STRING[identifier](name=identifier)
        return identifier

    return keras.tree.map_structure(metric, metrics)


def types(metrics: Any) -> tuple[type, ...]:
    """The classes of the metrics in a nest of metrics and their names.

    Raises:
        ValueError: If a string names no metric.
    """
    flat = [m for m in keras.tree.flatten(metrics) if m is not None]
    return tuple(
        type(keras.metrics.get(m) if isinstance(m, str) else m) for m in flat
    )


def check_form(types: Sequence[type], targets: Tensor) -> None:
    """Checks that metrics for one form of labels get labels of that form.

    Keras compares labels of any shape, and the result would be meaningless.

    Args:
        types: The classes of the metrics of a model.
        targets: Labels, as `targets.standardize` returns them.

    Raises:
        ValueError: If one of them is for labels of the other form.
    """
    integers = are_integers(targets)
    wrong = _NEED_PROBABILITIES if integers else _NEED_INTEGERS
    for kind in types:
        if issubclass(kind, wrong):
            forms = ("integers", "target probabilities")
            got, wanted = forms if integers else reversed(forms)
            raise ValueError(
                f"`metrics` must fit the labels, and {kind.__name__} is for "
                f"labels that are {wanted}. Use 'accuracy' or 'crossentropy', "
                f"which take either form. Received: labels that are {got}"
            )
