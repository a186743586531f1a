"""Accuracy under attack, per image."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness.intervals import wilson


@dataclasses.dataclass
class Example:
    """An adversarial example, for the figures of a report.

    Attributes:
        index: Index of the image in the data set.
        label: Label of the image.
        clean: The image, `[...]` float32.
        adversarial: The misclassified image, `[...]` float32.
        loss: The loss of the attack at the misclassified image.
        predicted: The class that the model takes `adversarial` for, or `None`
            if that was not recorded.
        confidence: The probability of that class.
        file: The file of the image, where the data names its files.
    """

    index: int
    label: int
    clean: np.ndarray
    adversarial: np.ndarray
    loss: float
    predicted: int | None = None
    confidence: float | None = None
    file: str | None = None


@dataclasses.dataclass
class RobustAccuracy:
    """Accuracy without and under attack, over the same images.

    Attributes:
        attack: What was run: the name and settings of the attack, and the
            `bounds` of the classifier.
        clean: `[n]` booleans, which images are classified correctly without
            attack.
        robust: `[n]` booleans, which images are still classified correctly
            under every attack.
        after: The accuracy that remains after each attack in turn, by name.
        examples: Some adversarial examples, those of the highest loss first.
        confidence: The confidence of `interval`.
    """

    attack: dict[str, Any]
    clean: np.ndarray
    robust: np.ndarray
    after: dict[str, float]
    examples: list[Example] = dataclasses.field(default_factory=list)
    confidence: float = 0.95

    @property
    def clean_accuracy(self) -> float:
        return float(np.mean(self.clean))

    @property
    def accuracy(self) -> float:
        """The robust accuracy: the share of `robust` images."""
        return float(np.mean(self.robust))

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson confidence interval of `accuracy`."""
        return wilson(int(self.robust.sum()), len(self.robust), self.confidence)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.accuracy:.4f} under {self.attack['name']}, "
            f"{self.confidence:.0%} interval {low:.4f} to {high:.4f}; "
            f"{self.clean_accuracy:.4f} without attack; "
            f"{len(self.robust)} images"
        )
