"""How accurate a model is where it answers only the inputs it is certain of."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.selective import curve
from keras_ceb._src.tables import Table

# The shares of the images that the table and `to_dict` answer.
COVERAGES = (0.5, 0.7, 0.8, 0.9, 0.95, 1.0)


@dataclasses.dataclass
class SelectiveReport:
    """Accuracy against coverage, by each score.

    Attributes:
        curves: By the name of a score, the accuracy among the k most certain
            answers, for each k; see
            `keras_ceb.robustness.selective.accuracy_curve`.
        aurc: By the name of a score, the area under the risk-coverage curve.
        excess_aurc: By the name of a score, the AURC above that of the best
            order.
    """

    curves: dict[str, np.ndarray]
    aurc: dict[str, float]
    excess_aurc: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {
            name: {
                "aurc": self.aurc[name],
                "excess_aurc": self.excess_aurc[name],
                "accuracy_at_coverage": {
                    str(share): self._accuracy(name, share)
                    for share in COVERAGES
                },
            }
            for name in self.curves
        }

    def table(self) -> Table:
        """AURC, and accuracy at several coverages."""
        shares = [f"accuracy at {share:.0%}" for share in COVERAGES]
        return Table(
            ["score", "AURC", "excess AURC", *shares],
            [
                [
                    name,
                    self.aurc[name],
                    self.excess_aurc[name],
                    *(self._accuracy(name, share) for share in COVERAGES),
                ]
                for name in self.curves
            ],
        )

    def plot(self) -> Any:
        """A Matplotlib figure of accuracy against coverage."""
        pyplot = optional_module("matplotlib.pyplot", "A figure")
        figure, axis = pyplot.subplots(figsize=(5, 3.6), layout="constrained")
        for name, accuracy in self.curves.items():
            coverage = np.arange(1, len(accuracy) + 1) / len(accuracy)
            axis.plot(coverage, accuracy, label=name)
        axis.set_xlabel("coverage, share of the images that are answered")
        axis.set_ylabel("accuracy among them")
        axis.set_xlim(0, 1)
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
        return figure

    def _accuracy(self, name: str, coverage: float) -> float:
        return curve.value_at(self.curves[name], coverage)


def selective_report(
    scores: Mapping[str, np.ndarray], right: np.ndarray
) -> SelectiveReport:
    """Measures how well each score tells right answers from wrong ones.

    Args:
        scores: By name, scores of all images, larger for less certain ones.
        right: Whether the answer to each image is right, `[n]`.
    """
    return SelectiveReport(
        {name: curve.accuracy_curve(s, right) for name, s in scores.items()},
        {name: curve.aurc(s, right) for name, s in scores.items()},
        {name: curve.excess_aurc(s, right) for name, s in scores.items()},
    )
