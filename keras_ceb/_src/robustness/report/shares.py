"""Accuracies of a report as counts, with their intervals."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.radii import NORM_NAMES
from keras_ceb._src.robustness.radii import relative_radius
from keras_ceb._src.robustness.report.rows import settings_of
from keras_ceb._src.robustness.result import RobustAccuracy


@dataclasses.dataclass(frozen=True)
class Share:
    """How many images of some are classified correctly.

    Attributes:
        count: Those that are.
        total: All of them.
    """

    count: int
    total: int

    @property
    def value(self) -> float:
        return self.count / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval."""
        return wilson(self.count, self.total)

    def __str__(self) -> str:
        return percent(self.value)

    @property
    def range(self) -> str:
        """The interval in words."""
        low, high = self.interval
        return f"{100 * low:.1f} to {100 * high:.1f} %"


def percent(value: float, digits: int = 1) -> str:
    """A share in percent: `"87.5 %"`."""
    return f"{100 * value:.{digits}f} %"


def share_of(correct: np.ndarray) -> Share:
    """The `Share` of booleans."""
    return Share(int(np.sum(correct)), len(correct))


def clean_share(report: Any) -> Share:
    """Images that are classified correctly without an attack."""
    number = report.clean["num_images"]
    return Share(round(report.clean["accuracy"] * number), number)


def results_of(report: Any) -> list[RobustAccuracy]:
    """All results; an attack that is also a point of a curve counts once."""
    results = [*report.attacks, *sum(report.curves.values(), [])]
    return list({settings_of(result): result for result in results}.values())


def norms_of(reports: Sequence[Any]) -> list[str]:
    """The norms of the attacks of reports, in a fixed order."""
    found = {
        result.attack["norm"]: None
        for report in reports
        for result in results_of(report)
    }
    known = [norm for norm in NORM_NAMES if norm in found]
    return known + sorted(set(found) - set(known))


def strongest(report: Any, norm: str) -> dict[float, Share]:
    """By radius, the images that no attack of it, or of a smaller one, fools.

    Radii are for inputs in 0..1, in ascending order. An adversarial example
    lies in every larger ball too, so the shares cannot rise.
    """
    by_radius: dict[float, list[np.ndarray]] = {}
    for result in results_of(report):
        if result.attack["norm"] == norm:
            radius = round(relative_radius(result.attack), 9)
            by_radius.setdefault(radius, []).append(result.robust)
    shares = {}
    left: list[np.ndarray] = []
    for radius in sorted(by_radius):
        left = [np.logical_and.reduce([*left, *by_radius[radius]])]
        shares[radius] = share_of(left[0])
    return shares
