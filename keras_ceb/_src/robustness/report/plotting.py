"""Figures of robustness reports, with Matplotlib."""

import base64
import io
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.radii import NORM_NAMES
from keras_ceb._src.robustness.radii import norm_name


def pyplot() -> Any:
    """Matplotlib's pyplot, imported when it is first used."""
    return optional_module("matplotlib.pyplot", "A figure")


def plot_curves(reports: Sequence[Any]) -> Any:
    """Accuracy against the radius, one panel per norm, one line per report.

    Bands are the confidence intervals.

    Args:
        reports: `RobustnessReport`s.

    Returns:
        A Matplotlib figure.
    """
    norms = [n for n in NORM_NAMES if any(r.curves.get(n) for r in reports)]
    figure, axes = pyplot().subplots(
        1, max(len(norms), 1), figsize=(5 * max(len(norms), 1), 3.6),
        squeeze=False, sharey=True, layout="constrained",
    )  # fmt: skip
    for axis, norm in zip(axes[0], norms, strict=False):
        for report in reports:
            results = report.curves.get(norm, [])
            eps = [0.0, *(r.attack["eps"] for r in results)]
            accuracy = [
                report.clean["accuracy"], *(r.accuracy for r in results)
            ]  # fmt: skip
            low, high = zip(
                *[(accuracy[0],) * 2, *(r.interval for r in results)],
                strict=True,
            )
            axis.plot(
                eps, accuracy, marker="o", markersize=3, label=report.name
            )
            axis.fill_between(eps, low, high, alpha=0.2)
        axis.set_xlabel(f"{norm_name(norm)} eps, in the units of the input")
        axis.set_ylim(0, 1)
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    axes[0][0].set_ylabel("accuracy under PGD-20")
    return figure


def to_png(figure: Any) -> str:
    """A figure as a `data:` URL, for a self-contained page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    pyplot().close(figure)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/png;base64,{text}"
