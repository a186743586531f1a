"""A model together with the settings that every measurement needs."""

import inspect
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import input_range
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.chance import check_span
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.robustness.model_function import check_model
from keras_ceb._src.robustness.outputs import check_outputs
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

# All images of a smaller batch may be dark by chance.
_ENOUGH = 16


class Classifier:
    """A Keras classifier together with the range of its inputs.

    Attacks, `robust_accuracy`, `evaluate_robustness`, `audit` and the common
    corruptions take a `Classifier`. They also take a Keras model, which they
    wrap as `Classifier(model)`, with the defaults below.
    `Classifier(classifier)` returns the same object.

    Args:
        model: Keras model with one input that maps a batch of images to
            `[batch, num_classes]` logits or probabilities; or to
            `[batch, 1]`, the logit or probability of class 1 of two. If its
            `Input` has an integer dtype, it is called as if that were
            float32, because the cast would cut off the gradient.
        bounds: Pair of numbers, the range of the inputs. Radii of attacks are
            in its units: 8/255 for images in 0..1, 8 for images in 0..255.
        from_logits: Whether `model` returns logits; `False` takes the
            logarithm of probabilities.
        batch_size: Number of images per call of the model.
        name: Name of the model in reports; by default `model.name`.
        allow_chance: Whether to accept a model that does no better than
            chance, and images that cover only a small part of `bounds`. By
            default both are errors, because they are rarely intended.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, the last layer of `model`
            contradicts `from_logits`, or another argument is given together
            with a `Classifier`.

    Example:

    ```python
    classifier = Classifier(model, bounds=(0, 1), batch_size=64)
    logits = classifier.predict(x_test)
    x_adversarial = attacks.PGD("linf", eps=8 / 255)(classifier, x, y)
    ```
    """

    def __new__(
        cls, model: Any = None, *args: Any, **kwargs: Any
    ) -> "Classifier":
        if not isinstance(model, Classifier):
            return super().__new__(cls)
        if args or kwargs:
            given = [
                *map(repr, args),
                *(f"{k}={v!r}" for k, v in kwargs.items()),
            ]
            raise ValueError(
                "`model` must be a Keras model if other arguments are "
                "given: a `Classifier` has its own. Received: "
                f"model={model!r}, {', '.join(given)}"
            )
        return model

    def __init__(
        self,
        model: "keras.Model | Classifier",
        bounds: tuple[float, float] = (0.0, 1.0),
        from_logits: bool = True,
        batch_size: int = 128,
        *,
        name: str | None = None,
        allow_chance: bool = False,
    ):
        if model is self:
            return
        self.bounds = checks.check_bounds(bounds)
        self.from_logits = boolean(from_logits, "from_logits")
        self.batch_size = positive_integer(batch_size, "batch_size")
        self.name = _name(name, model)
        self.allow_chance = boolean(allow_chance, "allow_chance")
        check_model(model, self.from_logits)
        self.model = model
        input_range.warn_of_contradiction(model, self.bounds)

    def predict(self, data: Any) -> np.ndarray:
        """The logits of images, without attack.

        Args:
            data: Images within `bounds`: an array or tensor `[n, ...]`, a
                tuple `(x, y)` of arrays, or an iterable of batches of either
                form. Labels are ignored.

        Returns:
            `[n, num_classes]` float32 array.
        """
        logits = []
        seen = 0
        for x in data_lib.image_batches(data, self.batch_size):
            x = check_images(self, x, "The images of `data`", seen)
            count_classes(self, x)
            logits.append(logits_of(self, x, seen))
            seen += len(x)
        return np.concatenate(logits)

    def __repr__(self) -> str:
        extra = ", allow_chance=True" if self.allow_chance else ""
        return (
            f"Classifier(<{type(self.model).__name__} {self.name!r}>, "
            f"bounds={self.bounds}, from_logits={self.from_logits}, "
            f"batch_size={self.batch_size}{extra})"
        )


# Without this, `help` shows the arguments of `__new__`.
Classifier.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    list(inspect.signature(Classifier.__init__).parameters.values())[1:]
)


def as_classifier(model: "keras.Model | Classifier") -> Classifier:
    """`model` itself, or a `Classifier` of a Keras model with the defaults."""
    return Classifier(model)


def function_of(classifier: Classifier) -> ModelFunction:
    """The classifier as a pure function, for use in compiled functions."""
    return ModelFunction(classifier.model, classifier.from_logits)


def check_images(
    classifier: Classifier, x: Tensor, what: str = "`x`", first: int = 0
) -> np.ndarray:
    """A batch of images as a float32 array that the classifier can take.

    Args:
        classifier: `Classifier`.
        x: `[batch, ...]` array, tensor or list.
        what: How errors name `x`.
        first: The index of the first image in its data set.

    Raises:
        ValueError: If images are outside `bounds` or have the wrong shape,
            or if the first images cover only a small part of `bounds`.
    """
    images = checks.check_images(x, classifier.bounds, what, first)
    shape = getattr(classifier.model, "input_shape", None)
    checks.check_shape(images, shape, what)
    if first == 0 and len(images) >= _ENOUGH and not classifier.allow_chance:
        span = float(images.min()), float(images.max())
        check_span(span, classifier.bounds)
    return images


def count_classes(classifier: Classifier, x: np.ndarray) -> int:
    """The number of classes, from a call of the model that is made once.

    Raises:
        FromLogitsError: If the outputs contradict `from_logits`.
    """
    function = function_of(classifier)
    function.build(x)

    def probe() -> int:
        call = compiled.logits_function(function, tuple(x.shape[1:]))
        logits = ops.convert_to_numpy(call(x[: classifier.batch_size]))
        check_outputs(logits, classifier.from_logits)
        return int(logits.shape[1])

    return int(compiled.cached(function, ("classes", x.shape[1:]), probe))


def logits_of(
    classifier: Classifier,
    x: np.ndarray,
    first: int = 0,
    seed: int = 0,
    check: bool = True,
) -> np.ndarray:
    """The logits of checked images.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images, any number of them.
        first: The index of the first image in its data set.
        seed: Seed of the noise of a model that is stochastic at test time.
        check: Whether NaN logits are an error.

    Returns:
        `[n, num_classes]` float32 array.

    Raises:
        ValueError: If logits are NaN and `check` is true.
    """
    function = compiled.logits_function(
        function_of(classifier), tuple(x.shape[1:])
    )
    logits: np.ndarray = padding.map_batches(
        lambda part: function(part, seed),
        x,
        classifier.batch_size,
        one_size=backend.needs_static_shapes(False),
    )
    if check:
        checks.check_logits(logits, first + np.arange(len(x)))
    return logits


def _name(name: Any, model: Any) -> str:
    """The given name, or that of the model."""
    if name is None:
        return str(getattr(model, "name", "model"))
    if not isinstance(name, str):
        raise TypeError(
            "`name` must be a string, or None for the name of the model. "
            f"Received: name={name!r} of type {type(name).__name__}"
        )
    return name
