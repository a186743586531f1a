"""How invalid labels are handled.

Labels in arrays are checked on the host before the first step, by
`Labels.check`. Labels in a stream are only seen by the compiled step. There
`Labels.usable` gives an invalid label zero weight, so that it does not affect
the step, and counts it; a `LabelGuard` reads the count between steps and
raises.
"""

from typing import Any
from typing import TypeAlias

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.notices import warn
from keras_ceb._src.targets import are_integers
from keras_ceb._src.targets import expected
from keras_ceb._src.targets import standardize
from keras_ceb._src.training import mixtures
from keras_ceb._src.training.metrics import Tracked
from keras_ceb._src.typing import Logs
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor

# Arguments of `fit` or `evaluate`, by name.
Arguments: TypeAlias = dict[str, Any]
# Target probabilities may be rounded to bfloat16 by an input pipeline.
SUM_TOLERANCE = 2e-2
# Integer labels below this share of the classes suggest that `num_classes` is
# wrong, ImageNet's 1000 by default.
FEW_CLASSES = 0.1


class Labels:
    """The labels of a model with a number of classes.

    Args:
        num_classes: Number of classes.

    Attributes:
        seen: The metric that counts invalid labels. The model holds it as
            an attribute too, so that Keras tracks its variables.
    """

    def __init__(self, num_classes: int):
        self.num_classes = num_classes
        # A metric, so that every strategy sums it; it stays out of the logs.
        self.seen = LabelsSeen(name="invalid_labels")
        self._warned_of_few_classes = False
        # What follows the batch axis in the labels that a function is for.
        self._shapes: dict[str, Shape] = {}

    def before_fit(self, model: keras.Model, arguments: Arguments) -> None:
        """Checks the arguments of `fit`, and adds a `LabelGuard` to them.

        Args:
            model: The model that is about to run.
            arguments: The arguments by name; `callbacks` is replaced.

        Raises:
            ValueError: If labels in an array are missing or invalid, or are
                fewer than the components of a mixture.
        """
        targets = self._check_arrays(arguments.get("x"), arguments.get("y"))
        mixtures.check_examples(model, targets)
        if targets is not None and are_integers(targets) and targets.shape[0]:
            largest = ops.convert_to_numpy(ops.max(targets))
            self.warn_if_few_classes(int(largest) + 1)
        validation = arguments.get("validation_data")
        if isinstance(validation, tuple) and len(validation) > 1:
            x, y = validation[:2]
            self._check_arrays(x, y, "validation_data")
        self._add_guard(arguments)
        self._forget_other_form(model, "train_function", arguments)

    def before_evaluate(self, model: keras.Model, arguments: Arguments) -> None:
        """As `before_fit`, for `evaluate`."""
        self._check_arrays(arguments.get("x"), arguments.get("y"))
        self._add_guard(arguments)
        self._forget_other_form(model, "test_function", arguments)

    def check(self, y: Any, name: str = "y") -> Tensor:
        """Checks labels that are on the host.

        Args:
            y: Array, list or eager tensor of labels.
            name: Name of the argument, for the error.

        Returns:
            The labels as `standardize` returns them.

        Raises:
            ValueError: If they are missing, or one of them is invalid.
        """
        if y is not None and not hasattr(y, "dtype"):
            y = np.asarray(y)
        targets = standardize(y, self.num_classes)
        mask = ops.convert_to_numpy(possible(targets, self.num_classes))
        if mask.all():
            return targets
        wrong = np.flatnonzero(~mask)
        values = ops.convert_to_numpy(targets)[wrong[:5]]
        raise ValueError(
            f"`{name}` must hold {expected(self.num_classes)}. "
            f"Received: {len(wrong)} of {len(mask)} labels are invalid, "
            f"the first at {wrong[:5].tolist()}: {values.tolist()}"
        )

    def usable(
        self, y: Any, sample_weight: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Labels and weights for one step; invalid labels are counted.

        Args:
            y: The labels of a batch.
            sample_weight: Weights of the examples, or `None`.

        Returns:
            The labels as `standardize` returns them, with class 0 in place of
            an invalid one, and the weights, `[batch]` float32, 0 there.
        """
        targets, mask = masked(y, self.num_classes)
        self.seen.track(targets, mask)
        return targets, weights(mask, sample_weight)

    def raise_if_impossible(self) -> None:
        """Raises if the steps so far have counted invalid labels."""
        count = int(self.seen.result())
        if count:
            self.seen.clear()
            raise ValueError(
                f"`y` must hold {expected(self.num_classes)}. Received: "
                f"{count} invalid labels so far. They were given zero weight; "
                "check the labels of the data set, or `num_classes`."
            )

    def warn_if_few_classes(self, seen: int) -> None:
        """Warns, once, if labels reach a small share of the classes.

        Args:
            seen: The largest label so far, plus one; 0 where there is none.
        """
        few = 0 < seen <= FEW_CLASSES * self.num_classes
        if few and not self._warned_of_few_classes:
            self._warned_of_few_classes = True
            warn(
                f"The largest label is {seen - 1}, so the data seem to have "
                f"{seen} classes, but the model and the default schedule of "
                f"rho are for {self.num_classes}. Pass "
                f"`num_classes={seen}` to `keras_ceb.wrap`."
            )

    def _check_arrays(self, x: Any, y: Any, name: str = "y") -> Tensor | None:
        """Checks labels that come as arrays, not those of a stream."""
        flat = keras.tree.flatten(x)
        if y is not None or all(hasattr(item, "shape") for item in flat):
            return self.check(y, name)
        return None

    def _add_guard(self, arguments: Arguments) -> None:
        callbacks = arguments.get("callbacks")
        if not isinstance(callbacks, keras.callbacks.CallbackList):
            callbacks = keras.tree.flatten(callbacks or [])
            arguments["callbacks"] = [*callbacks, LabelGuard(self)]

    def _forget_other_form(
        self, model: keras.Model, function: str, arguments: Arguments
    ) -> None:
        """Drops a compiled function that is for labels of another form.

        TensorFlow would retrace it for both forms, with an unknown shape.
        """
        y = arguments.get("y")
        if y is None:
            spec = getattr(arguments.get("x"), "element_spec", None)
            y = spec[1] if isinstance(spec, tuple) and len(spec) > 1 else None
        shape = getattr(y, "shape", None)
        if shape is None or getattr(shape, "rank", 0) is None:
            return
        shape = tuple(shape)[1:]
        if self._shapes.setdefault(function, shape) != shape:
            self._shapes[function] = shape
            setattr(model, function, None)


class LabelsSeen(Tracked, keras.metrics.Sum):
    """Counts invalid labels; only `clear` resets the count.

    It also keeps the largest integer label. Keras resets metrics between
    training and validation, before a callback could read them.
    """

    def __init__(self, name: str | None = None):
        super().__init__(name=name)
        self.largest = self.add_variable(
            shape=(),
            dtype="int32",
            initializer=keras.initializers.Constant(-1),
            # Of several replicas, only the first one is read.
            aggregation="only_first_replica",
            name="largest",
        )

    def track(self, targets: Tensor, mask: Tensor) -> None:
        """Counts the invalid labels of a batch.

        Args:
            targets: Labels, as `standardize` returns them.
            mask: Which of them are valid, `[batch]` booleans.
        """
        super().track(ops.cast(~mask, "float32"))
        if are_integers(targets):
            largest = ops.max(targets, initial=-1)
            self.largest.assign(ops.maximum(self.largest, largest))

    def reset_state(self) -> None:
        pass

    def clear(self) -> None:
        """Resets the count of invalid labels."""
        self.total.assign(0.0)


class LabelGuard(keras.callbacks.Callback):
    """Raises when the model has counted invalid labels.

    Reading the count waits for the device, so it is read after the first
    batch, then after every `period` batches, and at the end. Until then,
    invalid labels have zero weight.

    Args:
        labels: The `Labels` of the model.
    """

    period = 64

    def __init__(self, labels: Labels):
        super().__init__()
        self._labels = labels

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if batch % self.period == 0:
            self._check()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._check()
        largest = ops.convert_to_tensor(self._labels.seen.largest)
        self._labels.warn_if_few_classes(int(ops.convert_to_numpy(largest)) + 1)

    def on_test_end(self, logs: Logs | None = None) -> None:
        self._check()

    def _check(self) -> None:
        backend.sync_state(self.model)
        self._labels.raise_if_impossible()


def possible(targets: Tensor, num_classes: int) -> Tensor:
    """Which standardized labels are valid, `[batch]` booleans."""
    if are_integers(targets):
        return ops.logical_and(targets >= 0, targets < num_classes)
    off = ops.absolute(ops.sum(targets, axis=-1) - 1.0)
    return ops.logical_and(
        ops.all(targets >= 0.0, axis=-1), off <= SUM_TOLERANCE
    )


def masked(y: Any, num_classes: int) -> tuple[Tensor, Tensor]:
    """Labels with class 0 in place of impossible ones, and which are possible.

    Args:
        y: The labels of a batch.
        num_classes: Number of classes.

    Returns:
        The labels as `standardize` returns them, and `[batch]` booleans.
    """
    targets = standardize(y, num_classes)
    mask = possible(targets, num_classes)
    return neutral(targets, mask), mask


def neutral(targets: Tensor, mask: Tensor) -> Tensor:
    """The targets with those outside of the mask replaced by class 0."""
    if are_integers(targets):
        return ops.where(mask, targets, 0)
    first = ops.one_hot(
        ops.zeros_like(targets[:, 0], "int32"), targets.shape[1]
    )
    return ops.where(mask[:, None], targets, first)


def weights(mask: Tensor, sample_weight: Tensor | None = None) -> Tensor:
    """The weights of examples, `[batch]` float32; 0 outside of the mask."""
    weight = ops.cast(mask, "float32")
    if sample_weight is None:
        return weight
    sample_weight = ops.cast(sample_weight, "float32")
    return weight * ops.reshape(sample_weight, ops.shape(weight))
