"""Radii within which the predicted class is certain, per image."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.step_plot import step_plot


@dataclasses.dataclass
class CertifiedRadii:
    """Radii of L2 balls in which the class does not change, per image.

    No attack can misclassify a correct image within its radius. An attacked
    accuracy is at least the true robust accuracy, a certified one at most
    that.

    Attributes:
        certificate: How the radii were found: the name and the settings of
            the certificate, the `space` of the balls (`"input"` or
            `"encoding"`), the `predictor` whose class is certain (`"model"`
            or `"smoothed model"`) and the `bounds` of the classifier.
        predicted: `[n]` int32, the class that is certain, or -1 if the
            certificate abstains.
        labels: `[n]` int32.
        radii: `[n]` float64, L2 radii around the inputs in their units, or
            around the encodings in units of the encoder's noise. 0 if the
            certificate abstains.
        counts: `[n]` int32, how many of the samples of randomized smoothing
            have the class `predicted`, or `None` for other certificates.
        seconds: Wall time, without that of parts that a process lost before
            it saved them.
        confidence: The confidence of `interval`.
        table_radii: The radii at which tables give the accuracy.
    """

    certificate: dict[str, Any]
    predicted: np.ndarray
    labels: np.ndarray
    radii: np.ndarray
    counts: np.ndarray | None = None
    seconds: float = 0.0
    confidence: float = 0.95
    table_radii: tuple[float, ...] = (0.0,)

    @property
    def right(self) -> np.ndarray:
        """`[n]` booleans, where the class that is certain is the label."""
        right: np.ndarray = self.predicted == self.labels
        return right

    @property
    def abstained(self) -> float:
        """The share of images without a certificate."""
        return float(np.mean(self.predicted < 0))

    def accuracy(self, eps: float = 0.0) -> float:
        """The certified accuracy: the share that is right within `eps`.

        Args:
            eps: An L2 radius, in the units of `radii`.
        """
        return float(np.mean(self.right & (self.radii > eps)))

    def interval(self, eps: float = 0.0) -> tuple[float, float]:
        """The Wilson confidence interval of `accuracy(eps)`."""
        certain = int(np.sum(self.right & (self.radii > eps)))
        return wilson(certain, len(self.radii), self.confidence)

    def figures(self) -> list[dict[str, Any]]:
        """The `radius`, `accuracy` and `interval` at each of `table_radii`."""
        return [
            {
                "radius": radius,
                "accuracy": self.accuracy(radius),
                "interval": list(self.interval(radius)),
            }
            for radius in self.table_radii
        ]

    def curve(self) -> tuple[np.ndarray, np.ndarray]:
        """All radii where the accuracy changes, and the accuracy there.

        Returns:
            Two float arrays of one length: radii in ascending order, the
            first one 0, and accuracies, which fall.
        """
        radii = np.sort(np.where(self.right, self.radii, 0.0))
        places = np.unique(np.append(radii, 0.0))
        places = places[np.isfinite(places)]
        fallen = np.searchsorted(radii, places, side="right")
        return places, 1.0 - fallen / len(radii)

    def plot(self) -> Any:
        """Certified accuracy against the radius, as a Matplotlib figure.

        The band is the confidence interval.

        Raises:
            ImportError: If Matplotlib is not installed.
        """
        unit = "units of the input"
        if self.certificate["space"] == "encoding":
            unit = "standard deviations of the encoder's noise"
        return step_plot(
            self,
            self.certificate["name"],
            f"L2 radius, {unit}",
            "certified accuracy",
        )

    def __str__(self) -> str:
        median = np.median(self.radii[self.right]) if self.right.any() else 0.0
        return (
            f"{self.accuracy():.4f} certified by {self.certificate['name']}, "
            f"median radius {median:.4g} in the {self.certificate['space']} "
            f"space; {self.abstained:.4f} abstained; {len(self.radii)} images"
        )
