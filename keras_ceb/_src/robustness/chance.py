"""Whether a model is right more often than a guess, before it is attacked."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness import input_range
from keras_ceb._src.robustness.intervals import wilson

# So many images of other classes that it is no accident if none is found.
_OTHERS = 5

_GO_ON = "To go on anyway, pass `allow_chance=True`. Received: "


@dataclasses.dataclass
class Answers:
    """What a model answers without attack.

    Attributes:
        predicted: `[n]` classes that the model answers.
        labels: `[n]` true classes.
        num_classes: Number of classes of the model.
        span: The smallest and the largest value of the images.
    """

    predicted: np.ndarray
    labels: np.ndarray
    num_classes: int
    span: tuple[float, float]

    @property
    def right(self) -> np.ndarray:
        """`[n]` booleans."""
        return np.asarray(np.equal(self.predicted, self.labels))

    def __str__(self) -> str:
        right = self.right
        low, high = wilson(int(right.sum()), len(right))
        return (
            f"accuracy {right.mean():.4f} on {len(right)} images "
            f"({low:.4f} to {high:.4f})"
        )


def chance_fault(answers: Answers) -> str | None:
    """What says that a model only guesses, or `None`.

    Few images say nothing: two right answers of two may well be luck, but are
    no sign of a fault. An accuracy is at chance if its 95 % interval includes
    that of a guess or lies below, and lies nearer to it than to 1 throughout.

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
        return f"a guess among {answers.num_classes} classes is right as often"
    return None


def check_span(span: tuple[float, float], bounds: tuple[float, float]) -> None:
    """Raises an error on images in 0..1 where pixels of 0..255 should be.

    Args:
        span: The smallest and the largest value of the images.
        bounds: The range that was given.
    """
    low, high = span
    if bounds[1] >= 100 and bounds[0] <= low and high <= 1:
        raise ValueError(
            "`bounds` must be the range of the images, for radii are in its "
            f"units. {_GO_ON}bounds={bounds}, images from {low:g} to {high:g}"
        )


def check_chance(
    answers: Answers, model: Any, bounds: tuple[float, float]
) -> None:
    """Raises an error where attacks would measure a mistake, not the model.

    Args:
        answers: `Answers`.
        model: The model, for the range that its first layers expect.
        bounds: The range that was given.
    """
    check_span(answers.span, bounds)
    fault = chance_fault(answers)
    if fault is None:
        return
    causes = (
        "inputs in another range than in training "
        f"({input_range.text(bounds)} here"
    )
    expected = input_range.input_range(model)
    if expected is not None and input_range.contradicts(expected, bounds):
        causes += (
            "; the first layers of the model expect "
            f"{input_range.text(expected)}"
        )
    causes += (
        "; say which with `bounds`), preprocessing that is left out, labels "
        "in another order than in training, a model that is not trained"
    )
    raise ValueError(
        f"`model` must do better than chance, but {fault}: an attack would "
        f"measure nothing. Likely causes: {causes}. {_GO_ON}{answers}"
    )
