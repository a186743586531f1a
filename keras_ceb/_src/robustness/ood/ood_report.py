"""How well the scores of a model detect out-of-distribution images."""

import dataclasses
from typing import Any

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.ood.separation import Separation
from keras_ceb._src.tables import Table


@dataclasses.dataclass
class OODReport:
    """How well each score separates other data sets from that of a report.

    Out-of-distribution is the positive class; see
    `keras_ceb.robustness.ood.separation` for the figures and the methods of
    their intervals.

    Attributes:
        sets: By the name of a data set and the name of a score, a
            `Separation`.
    """

    sets: dict[str, dict[str, Separation]]

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {
            name: {score: one.to_dict() for score, one in scores.items()}
            for name, scores in self.sets.items()
        }

    def table(self) -> Table:
        """Each figure with its interval, a row per data set and score."""
        return Table(
            ["data set", "images", "score", "AUROC", "AUPR", "FPR at 95 % TPR"],
            [
                (
                    name,
                    one.num_outside,
                    score,
                    _with_interval(one.auroc, one.auroc_interval),
                    _with_interval(one.aupr, one.aupr_interval),
                    _with_interval(one.fpr, one.fpr_interval),
                )
                for name, scores in self.sets.items()
                for score, one in scores.items()
            ],
        )

    def plot(self) -> Any:
        """A Matplotlib figure of the AUROC, one panel per data set."""
        pyplot = optional_module("matplotlib.pyplot", "A figure")
        figure, axes = pyplot.subplots(
            1, len(self.sets), figsize=(1.5 + 2.6 * len(self.sets), 2.6),
            squeeze=False, sharex=True, sharey=True, layout="constrained",
        )  # fmt: skip
        for axis, (name, scores) in zip(
            axes[0], self.sets.items(), strict=True
        ):
            for row, one in enumerate(scores.values()):
                low, high = one.auroc_interval
                axis.plot([low, high], [row, row], color="tab:gray")
                axis.plot(one.auroc, row, marker="o", color="tab:blue")
            axis.axvline(0.5, color="tab:gray", linestyle=":")
            axis.set_yticks(range(len(scores)), list(scores))
            axis.set_title(name, fontsize=10)
            axis.set_xlabel("AUROC")
            axis.grid(axis="x", alpha=0.3)
        axes[0][0].invert_yaxis()
        return figure


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    low, high = interval
    return f"{value:.4f} ({low:.4f} to {high:.4f})"
