"""A model together with what every measurement must know of it."""

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
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

# Fewer images than these may all be dark.
_ENOUGH = 16


class Classifier:
    """A Keras classifier that knows the range of its inputs.

    Attacks, `robust_accuracy`, `evaluate_robustness`, `audit` and the common
    corruptions take a `Classifier`. They take a Keras model too, and then
    read it as `Classifier(model)`, with the defaults below. A `Classifier` of
    a `Classifier` is the same object.

    Args:
        model: Keras model of one input that maps a batch of images to
            `[batch, num_classes]` logits or probabilities; or to
            `[batch, 1]`, the logit or probability of class 1 of two. If its
            `Input` is of an integer dtype, it is called as if it were
            float32: the cast would cut off the gradient.
        bounds: Pair of numbers, the range of the inputs. Radii of attacks are
            in its units: 8/255 for images in 0..1, 8 for images in 0..255.
        from_logits: Whether `model` returns logits; `False` takes the
            logarithm of probabilities.
        batch_size: How many images the model sees at a time.
        name: Name of the model in reports; by default that of `model`.
        allow_chance: Whether to measure a model that is right no more often
            than a guess, or images that fill only a small part of `bounds`.
            By default these are errors, as they are rarely intended.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is not possible, the last layer of `model`
            contradicts `from_logits`, or another argument is given beside a
            `Classifier`.

    Example:

    ```python
    classifier = Classifier(model, bounds=(0, 1), batch_size=64)
    logits = classifier.predict(x_test)
    x_adversarial = attacks.PGD("linf", eps=8 / 255)(classifier, x, y)
    ```
    """

    def __new__(cls, model: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(model, Classifier):
            return super().__new__(cls)
        if args or kwargs:
            given = [
                *map(repr, args),
                *(f"{k}={v!r}" for k, v in kwargs.items()),
            ]
            raise ValueError(
                "`model` must be a Keras model where other arguments are "
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


# `__new__` hides the arguments of `__init__` from `help`.
Classifier.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
    list(inspect.signature(Classifier.__init__).parameters.values())[1:]
)


def as_classifier(model: "keras.Model | Classifier") -> Classifier:
    """`model`, or the `Classifier` of a bare Keras model with the defaults."""
    return Classifier(model)


def function_of(classifier: Classifier) -> ModelFunction:
    """The pure function of a classifier, for functions that are compiled."""
    return ModelFunction(classifier.model, classifier.from_logits)


def check_images(
    classifier: Classifier, x: Any, what: str = "`x`", first: int = 0
) -> np.ndarray:
    """A batch of images as a float32 array that the classifier can take.

    Args:
        classifier: `Classifier`.
        x: `[batch, ...]` array, tensor or list.
        what: How errors name `x`.
        first: The number of the first image in its data set.

    Raises:
        ValueError: On images out of `bounds`, or of another shape; and on
            the first images if they fill only a small part of `bounds`.
    """
    images = checks.check_images(x, classifier.bounds, what, first)
    shape = getattr(classifier.model, "input_shape", None)
    checks.check_shape(images, shape, what)
    if first == 0 and len(images) >= _ENOUGH and not classifier.allow_chance:
        span = float(images.min()), float(images.max())
        check_span(span, classifier.bounds)
    return images


def count_classes(classifier: Classifier, x: np.ndarray) -> int:
    """The number of classes; looks at the outputs of a model once.

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
    """The logits of images that were checked.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images, of any number.
        first: The number of the first image in its data set.
        seed: Seed of the noise of a model that has some at test time.
        check: Whether NaN logits are an error.

    Returns:
        `[n, num_classes]` float32 array.

    Raises:
        ValueError: If some of them are NaN and `check` is true.
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
    """The name that was given, or that of the model."""
    if name is None:
        return str(getattr(model, "name", "model"))
    if not isinstance(name, str):
        raise TypeError(
            "`name` must be a string, or None for the name of the model. "
            f"Received: name={name!r} of type {type(name).__name__}"
        )
    return name
