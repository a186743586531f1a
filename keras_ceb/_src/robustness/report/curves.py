"""Charts of the accuracy against the radius, with a table of their values."""

from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness.radii import in_levels
from keras_ceb._src.robustness.radii import norm_name
from keras_ceb._src.robustness.radii import radius_text
from keras_ceb._src.robustness.radii import relative_radius
from keras_ceb._src.robustness.report.charts import Mark
from keras_ceb._src.robustness.report.charts import Series
from keras_ceb._src.robustness.report.charts import chart
from keras_ceb._src.robustness.report.rows import names_of
from keras_ceb._src.robustness.report.rows import settings_of
from keras_ceb._src.robustness.report.shares import Share
from keras_ceb._src.robustness.report.shares import clean_share
from keras_ceb._src.robustness.report.shares import norms_of
from keras_ceb._src.robustness.report.shares import share_of
from keras_ceb._src.robustness.result import RobustAccuracy


def radius_charts(reports: Sequence[Any]) -> list[dict[str, Any]]:
    """A chart per norm, with a line per report and marks for other attacks.

    Args:
        reports: `RobustnessReport`s.
    """
    return [_chart(reports, norm) for norm in norms_of(reports)]


def _chart(reports: Sequence[Any], norm: str) -> dict[str, Any]:
    several = len(reports) > 1
    series = []
    for color, report in enumerate(reports):
        series += _series(report, norm, color, several)
    radii = sorted({mark.x for one in series for mark in one.marks})
    levels = all(in_levels(radius, norm) for radius in radii if radius)
    unit = "for inputs scaled to 0..1"
    ticks = {radius: radius_text(radius, norm) for radius in radii}
    if levels:
        unit = "in 255ths of the range of the inputs"
        ticks = {r: str(in_levels(r, norm)) for r in radii}
    ticks[0.0] = "0"
    name = norm_name(norm)
    return chart(
        f"Accuracy against the radius of {name} attacks",
        series,
        f"{name} radius, {unit}",
        ticks,
    )


def _series(report: Any, norm: str, color: int, several: bool) -> list[Series]:
    """The curve of a report, and its other attacks by name."""
    owner = f"{report.name}: " if several else ""
    curve = report.curves.get(norm, [])
    known = {settings_of(result) for result in curve}
    clean = _mark(0.0, clean_share(report), f"{owner}without an attack")
    found = []
    if curve:
        marks = [clean]
        for result in curve:
            name = result.attack["name"]
            marks.append(_attack_mark(result, norm, owner + name))
        found.append(Series(f"{owner}{curve[-1].attack['name']}", marks, color))
    names = names_of(report.attacks)
    others: dict[str, list[Mark]] = {}
    for name, result in zip(names, report.attacks, strict=True):
        if result.attack["norm"] != norm or settings_of(result) in known:
            continue
        shape = "diamond" if "AutoAttack" in name else "square"
        mark = _attack_mark(result, norm, owner + name, shape)
        others.setdefault(name, []).append(mark)
    if others and not curve:
        found.append(Series(f"{owner}without an attack", [clean], color, False))
    # Colors of several reports tell the reports apart.
    number = color if several else 1
    for name, marks in others.items():
        found.append(Series(f"{owner}{name}", marks, number, False))
        number += 0 if several else 1
    return found


def _attack_mark(
    result: RobustAccuracy, norm: str, name: str, shape: str = "circle"
) -> Mark:
    radius = round(relative_radius(result.attack), 9)
    text = f"{name}, {norm_name(norm)} {radius_text(radius, norm)}"
    return _mark(radius, share_of(result.robust), text, shape)


def _mark(
    radius: float, share: Share, text: str, shape: str = "circle"
) -> Mark:
    tip = f"{text}: {share} (95 % interval {share.range})"
    return Mark(radius, share.value, *share.interval, tip, shape)
