"""Accuracy under attack, image by image."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness.intervals import wilson


@dataclasses.dataclass
class Example:
    """A fooled image, for the pictures of a report.

    Attributes:
        index: Its number in the data set.
        label: Its class.
        clean: The image, `[...]` float32.
        adversarial: What fooled the model.
        loss: The loss of the attack there.
    """

    index: int
    label: int
    clean: np.ndarray
    adversarial: np.ndarray
    loss: float


@dataclasses.dataclass
class RobustAccuracy:
    """Accuracy without and under attack, over the same images.

    Attributes:
        attack: What was run: the name and settings of the attack, and the
            `bounds` of the classifier.
        clean: `[n]` booleans, which images are right without attack.
        robust: `[n]` booleans, which images are right under every attack.
        after: For each attack in its turn, the accuracy left after it, by
            name.
        examples: Some of the fooled images, the most confidently wrong first.
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
        """The robust accuracy: the share of images right under attack."""
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
