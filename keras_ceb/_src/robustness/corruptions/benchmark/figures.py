"""Matplotlib figures of error rates, drawn from numbers."""

from typing import Any

from keras_ceb._src.robustness.corruptions.benchmark.error_rates import Errors


def draw_severities(
    errors: Errors, variant: str, clean_error: float | None
) -> Any:
    """Error against severity, one line per corruption.

    Args:
        errors: Error rates by corruption and severity.
        variant: The set of severities.
        clean_error: Error rate without corruption, or `None`.

    Returns:
        A Matplotlib figure.
    """
    figure, (axis,) = new_figure(1)
    for name, row in errors.items():
        severities = sorted(row)
        axis.plot(
            severities,
            [100 * row[severity] for severity in severities],
            marker="o",
            markersize=3,
            label=name,
        )
    if clean_error is not None:
        axis.axhline(100 * clean_error, color="black", linestyle=":")
    axis.set_xlabel(f"severity ({variant}); dotted: clean")
    axis.set_ylabel("error, %")
    axis.legend(frameon=False, fontsize="x-small", ncols=2)
    return figure


def new_figure(panels: int) -> tuple[Any, Any]:
    """A figure of panels side by side, and their axes."""
    from keras_ceb._src.robustness.report.plotting import pyplot

    figure, axes = pyplot().subplots(
        1,
        panels,
        figsize=(6 * panels, 4.5),
        squeeze=False,
        layout="constrained",
    )
    for axis in axes[0]:
        axis.grid(alpha=0.3)
    return figure, axes[0]
