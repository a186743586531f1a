"""A figure of accuracies that fall where single images do."""

from typing import Any
from typing import Protocol

import numpy as np

from keras_ceb._src.optional import optional_module


class Falling(Protocol):
    """A result with the accuracy at every radius."""

    def curve(self) -> tuple[np.ndarray, np.ndarray]: ...

    def interval(self, eps: float) -> tuple[float, float]: ...


def step_plot(result: Falling, name: str, xlabel: str, ylabel: str) -> Any:
    """Accuracy against the radius; the band is the confidence interval.

    Args:
        result: The accuracies.
        name: What the legend says.
        xlabel: The label of the axis of radii.
        ylabel: The label of the axis of accuracies.

    Returns:
        A Matplotlib figure.
    """
    pyplot = optional_module("matplotlib.pyplot", "A figure")
    figure, axis = pyplot.subplots(figsize=(5, 3.6), layout="constrained")
    radii, accuracy = result.curve()
    low, high = zip(*(result.interval(r) for r in radii), strict=True)
    axis.step(radii, accuracy, where="post", label=name)
    axis.fill_between(radii, low, high, step="post", alpha=0.2)
    axis.set_xlabel(xlabel)
    axis.set_ylabel(ylabel)
    axis.set_xlim(left=0)
    axis.set_ylim(0, 1)
    axis.grid(alpha=0.3)
    axis.legend(frameon=False)
    return figure
