"""The distances to the closest misclassified points, per image."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.radii import norm_name
from keras_ceb._src.robustness.step_plot import step_plot


@dataclasses.dataclass
class Distances:
    """The smallest adversarial distance that an attack found, per image.

    The true distance is at most that, so the accuracy that is read off is at
    least the true one under the strongest attack.

    Attributes:
        attack: What was run: the name and settings of the attack, and the
            `bounds` of the classifier.
        values: `[n]` float32, the distance in the norm of the attack and the
            units of the input; for L0, the number of values. 0 if the image
            is misclassified as it is, infinite if no misclassified point was
            found.
        confidence: The confidence of `interval`.
    """

    attack: dict[str, Any]
    values: np.ndarray
    confidence: float = 0.95

    @property
    def clean_accuracy(self) -> float:
        """The accuracy without attack."""
        return float(np.mean(self.values > 0))

    @property
    def median(self) -> float:
        """The median distance, over all images."""
        # Interpolation between infinities would be NaN.
        middle = np.percentile(self.values, 50, method="inverted_cdf")
        return float(middle)

    def accuracy(self, eps: float) -> float:
        """The share of images without a misclassified point within `eps`.

        Args:
            eps: A radius, in the units of `values`.
        """
        return float(np.mean(self.values > eps))

    def interval(self, eps: float) -> tuple[float, float]:
        """The Wilson confidence interval of `accuracy(eps)`."""
        right = int(np.sum(self.values > eps))
        return wilson(right, len(self.values), self.confidence)

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """All radii where the accuracy changes, and the accuracy there.

        Returns:
            Two float arrays of one length: radii in ascending order, the
            first one 0, and accuracies, which fall.
        """
        finite = self.values[np.isfinite(self.values)]
        radii = np.unique(np.append(finite, np.float32(0.0)))
        fallen = np.searchsorted(np.sort(self.values), radii, side="right")
        return radii, 1.0 - fallen / len(self.values)

    def plot(self) -> Any:
        """Accuracy against the radius, as a Matplotlib figure.

        The band is the confidence interval.

        Raises:
            ImportError: If Matplotlib is not installed.
        """
        norm = norm_name(self.attack["norm"])
        unit = "number of values" if norm == "L0" else "units of the input"
        return step_plot(
            self,
            self.attack["name"],
            f"{norm} radius, {unit}",
            "accuracy under attack",
        )

    def __str__(self) -> str:
        norm = norm_name(self.attack["norm"])
        return (
            f"median {norm} distance {self.median:.4g} "
            f"under {self.attack['name']}; {self.clean_accuracy:.4f} without "
            f"attack; {len(self.values)} images"
        )
