"""Figures of `CorruptionReport`s, with Matplotlib."""

from collections.abc import Mapping
from typing import Any

from keras_ceb._src.robustness.corruptions.benchmark import figures
from keras_ceb._src.robustness.corruptions.benchmark import metrics
from keras_ceb._src.robustness.corruptions.benchmark.corruption_report import (
    CorruptionReport,
)
from keras_ceb._src.validation import any_number


def plot_severities(report: CorruptionReport) -> Any:
    """Error against severity, one line per corruption.

    Args:
        report: `CorruptionReport`.

    Returns:
        A Matplotlib figure.
    """
    _check_report(report, "report")
    return report.plot()


def plot_over_rho(
    reports: Mapping[float, CorruptionReport], baseline: CorruptionReport
) -> Any:
    """Errors of CEB models over rho, compared with a baseline.

    The left panel has one line per corruption, the right one per summary.
    Dashed lines of the same color show the baseline.

    Args:
        reports: `CorruptionReport` of the CEB model at each rho.
        baseline: `CorruptionReport` of the model without a bottleneck.

    Returns:
        A Matplotlib figure.

    Reference: Fischer & Alemi, 2020, figures 3 and 4.
    """
    if not isinstance(reports, Mapping):
        raise TypeError(
            "`reports` must map rho to the `CorruptionReport` there. "
            f"Received: {reports!r} of type {type(reports).__name__}"
        )
    if not reports:
        raise ValueError(
            "`reports` must hold at least one report. Received: {}"
        )
    for rho, report in reports.items():
        any_number(rho, "reports")
        _check_report(report, f"reports[{rho!r}]")
    _check_report(baseline, "baseline")
    rhos = sorted(reports)
    figure, (left, right) = figures.new_figure(2)
    for name, row in baseline.errors.items():
        if not all(name in reports[rho].errors for rho in rhos):
            continue
        values = [
            metrics.corruption_error(reports[rho].errors[name]) for rho in rhos
        ]
        _pair(left, rhos, values, metrics.corruption_error(row), name)
    summaries = (
        ("clean", "clean_error"),
        ("avg", "average"),
        ("mCE", "mce"),
    )
    for title, attribute in summaries:
        reference = getattr(baseline, attribute)
        values = [getattr(reports[rho], attribute) for rho in rhos]
        if reference is None or None in values:
            continue
        _pair(right, rhos, values, reference, title)
    left.set_ylabel("mean error over severities, %")
    right.set_ylabel("%")
    for axis in (left, right):
        axis.set_xlabel(r"$\rho$ (dashed: baseline)")
        axis.legend(frameon=False, fontsize="x-small", ncols=2)
    return figure


def _check_report(report: Any, name: str) -> None:
    if not isinstance(report, CorruptionReport):
        raise TypeError(
            f"`{name}` must be a `CorruptionReport`, which "
            "`evaluate_corruptions` returns. "
            f"Received: {report!r} of type {type(report).__name__}"
        )


def _pair(
    axis: Any,
    rhos: list[float],
    values: list[float],
    reference: float,
    name: str,
) -> None:
    """A line over rho and the baseline's level in the same color."""
    (line,) = axis.plot(
        rhos,
        [100 * value for value in values],
        marker="o",
        markersize=3,
        label=name,
    )
    axis.axhline(
        100 * reference, color=line.get_color(), linestyle="--", linewidth=0.8
    )
