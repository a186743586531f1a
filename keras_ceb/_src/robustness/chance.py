"""Checks that a model does better than chance before it is attacked."""

import dataclasses

import keras
import numpy as np

from keras_ceb._src.robustness import input_range
from keras_ceb._src.robustness.intervals import wilson

# With this many images of other classes, a constant prediction is no accident.
_OTHERS = 5

_GO_ON = "To continue anyway, pass `allow_chance=True`. Received: "


@dataclasses.dataclass
class Answers:
    """The predictions of a model without attack.

    Attributes:
        predicted: `[n]` predicted classes.
        labels: `[n]` labels.
        num_classes: Number of classes of the model.
        span: The smallest and the largest value of the images.
    """

    predicted: np.ndarray
    labels: np.ndarray
    num_classes: int
    span: tuple[float, float]

    @property
    def right(self) -> np.ndarray:
        """`[n]` booleans, which images are classified correctly."""
        return np.asarray(np.equal(self.predicted, self.labels))

    def __str__(self) -> str:
        right = self.right
        low, high = wilson(int(right.sum()), len(right))
        return (
            f"accuracy {right.mean():.4f} on {len(right)} images "
            f"({low:.4f} to {high:.4f})"
        )


def chance_fault(answers: Answers) -> str | None:
    """The evidence that a model only guesses, or `None`.

    An accuracy is at chance if its 95 % interval contains the accuracy of a
    guess or lies below it, and if the whole interval is closer to that than
    to 1. A few images therefore prove nothing.

    Args:
        answers: `Answers`.
    """
    chance = 1 / answers.num_classes
    low, high = wilson(int(answers.right.sum()), len(answers.right))
    first = answers.predicted[0]
    if (
        len(np.unique(answers.predicted)) == 1
        and int((answers.labels != first).sum()) >= _OTHERS
    ):
        return f"every image is classified as class {first}"
    if low <= chance and high < (1 + chance) / 2:
        return f"a guess among {answers.num_classes} classes does as well"
    return None


def check_span(span: tuple[float, float], bounds: tuple[float, float]) -> None:
    """Raises an error on images in 0..1 if `bounds` is that of pixels.

    Args:
        span: The smallest and the largest value of the images.
        bounds: The range of the `Classifier`.
    """
    low, high = span
    if bounds[1] >= 100 and bounds[0] <= low and high <= 1:
        raise ValueError(
            "`bounds` must be the range of the images, as radii are in its "
            f"units. {_GO_ON}bounds={bounds}, images from {low:g} to {high:g}"
        )


def check_chance(
    answers: Answers, model: keras.Model, bounds: tuple[float, float]
) -> None:
    """Raises an error if the model does no better than chance.

    Args:
        answers: `Answers`.
        model: The model, whose first layers may expect another range.
        bounds: The range of the `Classifier`.
    """
    check_span(answers.span, bounds)
    fault = chance_fault(answers)
    if fault is None:
        return
    causes = (
        "inputs in a different range than in training "
        f"({input_range.text(bounds)} here"
    )
    expected = input_range.input_range(model)
    if expected is not None and input_range.contradicts(expected, bounds):
        causes += (
            "; the first layers of the model expect "
            f"{input_range.text(expected)}"
        )
    causes += (
        "; set it with `bounds`), missing preprocessing, labels in a "
        "different order than in training, an untrained model"
    )
    raise ValueError(
        f"`model` must do better than chance, but {fault}: an attack would "
        f"measure nothing. Likely causes: {causes}. {_GO_ON}{answers}"
    )
