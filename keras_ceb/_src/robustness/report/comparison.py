"""Comparison of several models, paired over the same images."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.report.report import check_path
from keras_ceb._src.robustness.report.report import check_reports
from keras_ceb._src.robustness.report.report import write_text
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.rows import settings_of
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.tables import Table


@dataclasses.dataclass(frozen=True)
class Pair:
    """One attack on two models over the same images.

    Attributes:
        attack: Its name, norm and radius.
        first: The name of the first model.
        second: The name of the second model.
        difference: Accuracy of the second minus that of the first.
        only_first: Number of images that only the first classifies correctly.
        only_second: Number of images that only the second does.
        p_value: Of the exact two-sided McNemar test: the probability of a
            split at least as uneven if both models were equally accurate.
    """

    attack: str
    first: str
    second: str
    difference: float
    only_first: int
    only_second: int
    p_value: float


def mcnemar(only_first: int, only_second: int) -> float:
    """The exact two-sided p-value of McNemar's test (McNemar, 1947)."""
    n, k = only_first + only_second, min(only_first, only_second)
    # In logarithms: the binomial coefficients overflow from n = 1030 on.
    terms = [
        math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1)
        for i in range(k + 1)
    ]
    tail = sum(math.exp(term - n * math.log(2)) for term in terms)
    return min(1.0, 2 * tail)


class Comparison:
    """Reports of several models, over the same images under the same attacks.

    Args:
        reports: `RobustnessReport`s of the same data; the others are compared
            with the first.
    """

    def __init__(self, reports: Sequence[RobustnessReport]):
        self.reports = check_reports(reports)
        if len(self.reports) < 2:
            raise ValueError(
                "`reports` must hold at least two reports. Received: "
                f"{len(self.reports)}"
            )
        prints = {report.clean["fingerprint"] for report in self.reports}
        if len(prints) > 1:
            raise ValueError(
                "`reports` must be of the same images in the same order, so "
                "that they can be compared image by image. Received: reports "
                "of different data"
            )

    def pairs(self) -> list[Pair]:
        """The first model against each of the others, per attack."""
        first, *others = self.reports
        results = _results(first)
        labels = _labels(results)
        found = []
        for other in others:
            theirs = {settings_of(r): r for r in _results(other)}
            for label, mine in zip(labels, results, strict=True):
                match = theirs.get(settings_of(mine))
                if match is not None:
                    found.append(
                        _pair(label, first.name, mine, other.name, match)
                    )
        return found

    def to_dict(self) -> dict[str, Any]:
        return {
            "reports": [report.to_dict() for report in self.reports],
            "pairs": [dataclasses.asdict(pair) for pair in self.pairs()],
        }

    def to_json(self, path: str | pathlib.Path | None = None) -> str:
        """JSON text, written to `path` if one is given."""
        check_path(path)
        return write_text(path, json.dumps(self.to_dict(), indent=1))

    def to_markdown(self) -> str:
        """A table of accuracies and one of paired differences."""
        names = [report.name for report in self.reports]
        rows = [
            ["no attack", *(r.clean["accuracy"] for r in self.reports)],
        ]
        found = [
            {settings_of(r): r.accuracy for r in _results(report)}
            for report in self.reports
        ]
        results = _results(self.reports[0])
        for label, mine in zip(_labels(results), results, strict=True):
            key = settings_of(mine)
            rows.append([label, *(by_key.get(key) for by_key in found)])
        tables = Table(["", *names], rows), self._pair_table()
        return "\n\n".join(table.to_markdown() for table in tables)

    def to_html(self, path: str | pathlib.Path | None = None) -> str:
        """One self-contained page with all reports.

        Needs Jinja2 and Matplotlib (`pip install 'keras-ceb[report]'`).
        """
        check_path(path)
        from keras_ceb._src.robustness.report.html import page

        return write_text(path, page(self.reports, self._pair_table()))

    def plot(self) -> Any:
        """A Matplotlib figure of accuracy against eps, one line per model."""
        from keras_ceb._src.robustness.report.plotting import plot_curves

        return plot_curves(self.reports)

    def _pair_table(self) -> Table:
        return Table(
            ["attack", "models", "difference", "only first", "only second"]
            + ["p"],
            [
                (
                    pair.attack,
                    f"{pair.second} - {pair.first}",
                    f"{pair.difference:+.4f}",
                    pair.only_first,
                    pair.only_second,
                    f"{pair.p_value:.3g}",
                )
                for pair in self.pairs()
            ],
        )


def _results(report: RobustnessReport) -> list[RobustAccuracy]:
    """All results; an attack that is also a point of a curve counts once."""
    results = [*report.attacks, *sum(report.curves.values(), [])]
    return list({settings_of(result): result for result in results}.values())


def _labels(results: Sequence[RobustAccuracy]) -> list[str]:
    """A unique label for each result of a report."""
    return [
        f"{name}, {r.attack['norm']}, eps {r.attack['eps']:.4g}"
        for name, r in zip(names_of(results), results, strict=True)
    ]


def _pair(
    label: str,
    first: str,
    mine: RobustAccuracy,
    second: str,
    theirs: RobustAccuracy,
) -> Pair:
    only_first = int(np.sum(mine.robust & ~theirs.robust))
    only_second = int(np.sum(theirs.robust & ~mine.robust))
    return Pair(
        label,
        first,
        second,
        theirs.accuracy - mine.accuracy,
        only_first,
        only_second,
        mcnemar(only_first, only_second),
    )
