"""Comparison of several models, paired over the same images."""

import dataclasses
import json
import math
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness.report import saved
from keras_ceb._src.robustness.report.comparison_view import labels_of
from keras_ceb._src.robustness.report.comparison_view import view
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.report.report import check_path
from keras_ceb._src.robustness.report.report import check_reports
from keras_ceb._src.robustness.report.report import write_text
from keras_ceb._src.robustness.report.rows import settings_of
from keras_ceb._src.robustness.report.shares import results_of
from keras_ceb._src.tables import Table
from keras_ceb._src.version import __version__

# A model is called the better one below this p-value.
_LEVEL = 0.05


@dataclasses.dataclass(frozen=True)
class Pair:
    """One attack on two models over the same images.

    Attributes:
        attack: Its name, norm and radius; or `"no attack"`.
        first: The name of the first model.
        second: The name of the second model.
        difference: Accuracy of the second minus that of the first.
        only_first: Number of images that only the first classifies correctly.
        only_second: Number of images that only the second does.
        p_value: Of the exact two-sided McNemar test: the probability of a
            split at least as uneven if both models were equally accurate.
        adjusted: `p_value` after Holm's correction for all pairs of the
            comparison.
    """

    attack: str
    first: str
    second: str
    difference: float
    only_first: int
    only_second: int
    p_value: float
    adjusted: float = math.nan

    @property
    def winner(self) -> str | None:
        """The model that is better with 95 % confidence, or `None`."""
        if not self.adjusted < _LEVEL:
            return None
        return self.second if self.difference > 0 else self.first

    def __str__(self) -> str:
        points = f"{100 * abs(self.difference):.1f} points"
        confidence = f"p = {self.adjusted:.2g}"
        if self.winner is None:
            return (
                f"{self.attack}: neither {self.first} nor {self.second} is "
                f"shown to be better ({points} apart, {confidence})."
            )
        return (
            f"{self.attack}: {self.winner} is better by {points} "
            f"({confidence})."
        )


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


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values adjusted for their number (Holm, 1979).

    If each adjusted value below a level is a discovery, the probability of any
    false one is at most that level, however the tests depend on each other.
    """
    n = len(p_values)
    adjusted = [1.0] * n
    largest = 0.0
    for rank, place in enumerate(sorted(range(n), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (n - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


class Comparison:
    """Reports of several models, over the same images under the same attacks.

    Reports of different images are shown side by side, without the paired
    statistics.

    Args:
        reports: `RobustnessReport`s of the same classes; the others are
            compared with the first.

    Attributes:
        reports: The reports.
        paired: Whether all reports are of the same images in the same order.

    Raises:
        TypeError: If an element is something else.
        ValueError: If there are fewer than two, or their classes differ.
    """

    def __init__(self, reports: Sequence[RobustnessReport]):
        self.reports = check_reports(reports)
        if len(self.reports) < 2:
            raise ValueError(
                "`reports` must hold at least two reports. Received: "
                f"{len(self.reports)}"
            )
        _check_classes(self.reports)
        prints = {report.clean["fingerprint"] for report in self.reports}
        self.paired = len(prints) == 1

    @classmethod
    def from_json(cls, source: str | pathlib.Path) -> "Comparison":
        """The comparison of `to_json`.

        Args:
            source: Path of a file, or its text.

        Raises:
            ValueError: If it is something else, damaged, or of another
                version of the schema.
        """
        content = saved.content_of(source, "a comparison")
        reports = saved.restored("a comparison", lambda: [*content["reports"]])
        return cls([RobustnessReport.from_dict(report) for report in reports])

    def pairs(self) -> list[Pair]:
        """The first model against each of the others, per attack.

        None if the reports are of different images.
        """
        if not self.paired:
            return []
        first, *others = self.reports
        results = results_of(first)
        labels = labels_of(results)
        found = []
        for other in others:
            found += _clean_pair(first, other)
            theirs = {settings_of(r): r for r in results_of(other)}
            for label, mine in zip(labels, results, strict=True):
                match = theirs.get(settings_of(mine))
                if match is not None:
                    found.append(
                        _pair(
                            label,
                            (first.name, mine.robust),
                            (other.name, match.robust),
                        )
                    )
        adjusted = holm([pair.p_value for pair in found])
        return [
            dataclasses.replace(pair, adjusted=p)
            for pair, p in zip(found, adjusted, strict=True)
        ]

    def summary(self) -> str:
        """Which model is better where and with what confidence, in words."""
        lines = [f"- {pair}" for pair in self.pairs()]
        return "\n".join([*lines, *([""] if lines else []), self.method()])

    def method(self) -> str:
        """How the models are compared, or why not, in a sentence or two."""
        if not self.paired:
            return (
                "The reports are of different images, so the models cannot be "
                "compared image by image, and the paired statistics are left "
                "out: a difference may be one of the images."
            )
        pairs = self.pairs()
        if not pairs:
            return "The reports have no attack with the same settings."
        return _method(pairs)

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts."""
        return {
            "schema": saved.SCHEMA,
            "keras_ceb": __version__,
            "reports": [report.to_dict() for report in self.reports],
            "paired": self.paired,
            "pairs": [
                {**dataclasses.asdict(pair), "winner": pair.winner}
                for pair in self.pairs()
            ],
            "summary": self.summary(),
        }

    def to_json(self, path: str | pathlib.Path | None = None) -> str:
        """JSON text, written to `path` if one is given."""
        check_path(path)
        return write_text(path, json.dumps(self.to_dict(), indent=1))

    def to_markdown(self, path: str | pathlib.Path | None = None) -> str:
        """A summary, a table of accuracies and one of paired differences."""
        check_path(path)
        names = [report.name for report in self.reports]
        rows = [
            ["no attack", *(r.clean["accuracy"] for r in self.reports)],
        ]
        found = [
            {settings_of(r): r.accuracy for r in results_of(report)}
            for report in self.reports
        ]
        results = results_of(self.reports[0])
        for label, mine in zip(labels_of(results), results, strict=True):
            key = settings_of(mine)
            rows.append([label, *(by_key.get(key) for by_key in found)])
        tables = [Table(["", *names], rows)]
        if self.paired:
            tables.append(self.pair_table())
        parts = [
            f"# {' and '.join(names)}",
            self.summary(),
            *(table.to_markdown() for table in tables),
        ]
        return write_text(path, "\n\n".join(parts) + "\n")

    def to_html(self, path: str | pathlib.Path | None = None) -> str:
        """One self-contained page with all reports.

        Needs Jinja2 (`pip install 'keras-ceb[report]'`).
        """
        check_path(path)
        from keras_ceb._src.robustness.report.html import page

        return write_text(path, page(self.reports, view(self)))

    def plot(self) -> Any:
        """A Matplotlib figure of accuracy against eps, one line per model."""
        from keras_ceb._src.robustness.report.plotting import plot_curves

        return plot_curves(self.reports)

    def pair_table(self) -> Table:
        """The paired differences, a row per attack and pair of models."""
        return Table(
            ["attack", "models", "difference", "only first", "only second"]
            + ["p", "p, Holm"],
            [
                (
                    pair.attack,
                    f"{pair.second} - {pair.first}",
                    f"{pair.difference:+.4f}",
                    pair.only_first,
                    pair.only_second,
                    f"{pair.p_value:.3g}",
                    f"{pair.adjusted:.3g}",
                )
                for pair in self.pairs()
            ],
        )


def _clean_pair(
    first: RobustnessReport, second: RobustnessReport
) -> list[Pair]:
    """The pair without attack, if the answers to each image are known."""
    known = [results_of(report) for report in (first, second)]
    if not all(known):
        return []
    mine, theirs = (results[0].clean for results in known)
    return [_pair("no attack", (first.name, mine), (second.name, theirs))]


def _pair(
    label: str, first: tuple[str, np.ndarray], second: tuple[str, np.ndarray]
) -> Pair:
    """Two models by their names and which images they classify correctly."""
    (name, mine), (other, theirs) = first, second
    only_first = int(np.sum(mine & ~theirs))
    only_second = int(np.sum(theirs & ~mine))
    return Pair(
        label,
        name,
        other,
        float(np.mean(theirs)) - float(np.mean(mine)),
        only_first,
        only_second,
        mcnemar(only_first, only_second),
    )


def _method(pairs: Sequence[Pair]) -> str:
    """How the p-values of pairs are found, in a sentence."""
    corrected = ""
    if len(pairs) > 1:
        corrected = f", after Holm's correction for {len(pairs)} comparisons"
    return (
        "All models saw the same images: p is the probability of a split at "
        "least as uneven among the images that only one of two models "
        "classifies correctly, if both were equally accurate (exact McNemar "
        f"test{corrected}). A model is called better where p < {_LEVEL:g}."
    )


def _check_classes(reports: Sequence[RobustnessReport]) -> None:
    """Raises an error if the reports name different classes."""
    first, *others = reports
    for other in others:
        numbers = [r.clean.get("num_classes") for r in (first, other)]
        if None not in numbers and numbers[0] != numbers[1]:
            raise ValueError(
                "`reports` must be of models of the same classes. Received: "
                f"{numbers[0]} classes of {first.name!r} and {numbers[1]} of "
                f"{other.name!r}"
            )
        names, theirs = first.class_names, other.class_names
        if names is None or theirs is None or names == theirs:
            continue
        only = [name for name in names if name not in theirs]
        more = [name for name in theirs if name not in names]
        what = "the same classes in different orders"
        if only or more:
            what = "; ".join(
                f"only in {report.name!r}: {', '.join(few[:10])}"
                for report, few in ((first, only), (other, more))
                if few
            )
        raise ValueError(
            f"`reports` must be of models of the same classes. Received: {what}"
        )
