"""Figures of robustness reports, with Matplotlib."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.result import RobustAccuracy

_NORMS = {"linf": "L-infinity", "l2": "L2"}


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
    norms = [n for n in _NORMS if any(r.curves.get(n) for r in reports)]
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
        axis.set_xlabel(f"{_NORMS[norm]} eps, in the units of the input")
        axis.set_ylim(0, 1)
        axis.grid(alpha=0.3)
        axis.legend(frameon=False)
    axes[0][0].set_ylabel("accuracy under PGD-20")
    return figure


def plot_examples(result: RobustAccuracy, bounds: tuple[float, float]) -> Any:
    """Adversarial examples: clean, adversarial and their difference.

    Args:
        result: `RobustAccuracy` with examples that are images.
        bounds: The range of the input.

    Returns:
        A Matplotlib figure, or `None` if no example is an image.
    """
    examples = [e for e in result.examples if e.clean.ndim == 3]
    if not examples:
        return None
    figure, axes = pyplot().subplots(
        3, len(examples), figsize=(1.4 * len(examples), 4.4),
        squeeze=False, layout="constrained",
    )  # fmt: skip
    for column, example in zip(axes.T, examples, strict=True):
        difference = example.adversarial - example.clean
        largest = max(float(np.abs(difference).max()), 1e-12)
        pictures = (
            _picture(example.clean, *bounds),
            _picture(example.adversarial, *bounds),
            _picture(difference, -largest, largest),
        )
        for axis, picture in zip(column, pictures, strict=True):
            axis.imshow(picture, cmap="gray", vmin=0, vmax=1)
            axis.set_xticks([])
            axis.set_yticks([])
        column[0].set_title(f"no. {example.index}", fontsize=8)
    for axis, text in zip(
        axes[:, 0], ("clean", "adversarial", "difference"), strict=True
    ):
        axis.set_ylabel(text)
    return figure


def _picture(image: np.ndarray, lower: float, upper: float) -> np.ndarray:
    """`image` in 0..1, channels last, one or three of them."""
    if image.shape[-1] not in (1, 3) and image.shape[0] in (1, 3):
        image = np.moveaxis(image, 0, -1)
    image = np.clip((image - lower) / (upper - lower), 0, 1)
    if image.shape[-1] == 3:
        return image
    gray: np.ndarray = image.mean(axis=-1)
    return gray


def to_png(figure: Any) -> str:
    """A figure as a `data:` URL, for a self-contained page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    pyplot().close(figure)
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f"data:image/png;base64,{text}"
