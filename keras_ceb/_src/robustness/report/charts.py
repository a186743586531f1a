"""Where the marks of a chart lie, in the units of an SVG image.

Charts are plain SVG inside the page, drawn by `templates/charts.html.j2`: a
curve takes some kilobytes, where Vega or Plotly would add a megabyte or more
of script to every page; it is shown without scripts and when printed; and the
style sheet of the page colors it for a light or a dark screen.
"""

import dataclasses
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

# Marks of a curve further apart than this do not hide each other's labels.
_LABEL_WIDTH = 24.0
_MOST_POINTS = 200


@dataclasses.dataclass(frozen=True)
class Frame:
    """The area of a chart, whose vertical axis is a share from 0 to 1.

    Attributes:
        most: The largest value of the horizontal axis.
        width: Of the image.
        height: Of the image.
        left: Where the area begins.
        top: Where it begins.
        right: Space to its right.
        bottom: Space below it.
    """

    most: float = 1.0
    width: int = 420
    height: int = 280
    left: int = 44
    top: int = 14
    right: int = 14
    bottom: int = 46

    def x(self, value: float) -> float:
        """The place of a value on the horizontal axis."""
        inside = self.width - self.left - self.right
        return round(self.left + inside * value / self.most, 1)

    def y(self, share: float) -> float:
        """The place of a share on the vertical axis, which grows upward."""
        inside = self.height - self.top - self.bottom
        return round(self.top + inside * (1 - share), 1)


@dataclasses.dataclass(frozen=True)
class Mark:
    """A value with its interval.

    Attributes:
        x: On the horizontal axis.
        share: On the vertical axis.
        low: The lower end of the interval.
        high: Its upper end.
        tip: What a reader sees who points at it.
        shape: `"circle"` for points of a line, `"diamond"` or `"square"`.
    """

    x: float
    share: float
    low: float
    high: float
    tip: str
    shape: str = "circle"


@dataclasses.dataclass(frozen=True)
class Series:
    """A line with marks, or marks alone.

    Attributes:
        name: What the legend says.
        marks: In the order of the horizontal axis.
        color: A number, of a color of the style sheet.
        line: Whether a line joins the marks, with their intervals as a band.
    """

    name: str
    marks: Sequence[Mark]
    color: int = 0
    line: bool = True


def chart(
    title: str,
    series: Sequence[Series],
    x_label: str,
    x_ticks: Mapping[float, str],
    y_label: str = "accuracy",
    diagonal: bool = False,
) -> dict[str, Any]:
    """A chart of shares, for the macro `chart` of the templates.

    Args:
        title: Names the chart to those who do not see it.
        series: What is drawn.
        x_label: Of the horizontal axis.
        x_ticks: Texts by value. One that would hide the text before it is
            left out.
        y_label: Of the vertical axis.
        diagonal: Whether a line shows where both axes have the same value.
    """
    values = [mark.x for one in series for mark in one.marks]
    frame = Frame(max([*x_ticks, *values, 1e-12]))
    return {
        "title": title,
        "frame": frame,
        "x_label": x_label,
        "y_label": y_label,
        "x_ticks": _ticks(frame, x_ticks),
        "y_ticks": [(frame.y(k / 4), f"{25 * k} %") for k in range(5)],
        "diagonal": diagonal,
        "series": [_drawn(frame, one) for one in series],
    }


def _ticks(frame: Frame, texts: Mapping[float, str]) -> list[tuple[float, str]]:
    shown: list[tuple[float, str]] = []
    for value in sorted(texts):
        place = frame.x(value)
        if not shown or place - shown[-1][0] >= _LABEL_WIDTH:
            shown.append((place, texts[value]))
    return shown


def _drawn(frame: Frame, series: Series) -> dict[str, Any]:
    """The places of the marks of a series."""
    marks = [
        {
            "x": frame.x(mark.x),
            "y": frame.y(mark.share),
            "low": frame.y(mark.low),
            "high": frame.y(mark.high),
            "tip": mark.tip,
            "shape": mark.shape,
        }
        for mark in series.marks
    ]
    upper = [(mark["x"], mark["high"]) for mark in marks]
    lower = [(mark["x"], mark["low"]) for mark in marks]
    return {
        "name": series.name,
        "color": series.color,
        "shape": marks[0]["shape"] if marks else "circle",
        "marks": marks,
        "line": _path((m["x"], m["y"]) for m in marks) if series.line else "",
        "band": _path([*upper, *reversed(lower)]) if series.line else "",
    }


def _path(points: Any) -> str:
    """Points as an attribute of SVG."""
    return " ".join(f"{x:g},{y:g}" for x, y in points)


def thinned(values: Sequence[float] | np.ndarray) -> list[int]:
    """Places among many values that are enough to draw them."""
    few = np.linspace(0, len(values) - 1, min(len(values), _MOST_POINTS))
    return sorted({round(place) for place in few})
