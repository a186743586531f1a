"""The result of `choose_rho`."""

import dataclasses
from typing import Any

from keras_ceb._src.model import CEBModel
from keras_ceb._src.optional import optional_module
from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.tables import Table


@dataclasses.dataclass
class RhoRun:
    """One trained model of a sweep over rho.

    Attributes:
        rho: Its rho.
        seed: Its seed.
        accuracy: Clean validation accuracy, 0 to 1.
        hyz: -log c(y|z) on the validation data, nats.
        rex: Residual information on the validation data, nats.
        num_images: Number of validation images; the sum of their weights, if
            they have any.
        history: The logs of `fit` by name, one number per epoch.
    """

    rho: float
    seed: int
    accuracy: float
    hyz: float
    rex: float
    num_images: int
    history: dict[str, list[float]]


@dataclasses.dataclass
class RhoChoice:
    """The rho that a sweep chose, its model, and all runs.

    Attributes:
        rho: The lowest rho whose accuracy, the mean over its seeds, is inside
            the 95 % Wilson interval of the best one.
        model: The most accurate model with this rho, trained and compiled.
        runs: `RhoRun` of each model, in the order of training.
    """

    rho: float
    model: CEBModel
    runs: list[RhoRun]

    def table(self) -> Table:
        """A row per rho, the chosen one in bold: means over its seeds."""
        rhos = list(dict.fromkeys(run.rho for run in self.runs))
        rows = []
        for rho in rhos:
            runs = [run for run in self.runs if run.rho == rho]
            images = runs[0].num_images
            accuracy = _mean(runs, "accuracy")
            low, high = wilson(accuracy * images, images)
            rows.append(
                (
                    f"{rho:g}",
                    len(runs),
                    accuracy,
                    f"{low:.4f} to {high:.4f}",
                    _mean(runs, "hyz"),
                    _mean(runs, "rex"),
                )
            )
        header = ["rho", "seeds", "validation accuracy", "interval"]
        header += ["hyz, nats", "rex, nats"]
        return Table(header, rows, [(rhos.index(self.rho), 0)])

    def plot(self) -> Any:
        """A Matplotlib figure of the information plane.

        Each run ends in a dot, and its line is where it was after each epoch.
        The horizontal axis is rex, the information in the encoding beyond the
        class; the vertical axis is hyz, the information about the class that
        it lacks. Lower and further left is better.
        """
        pyplot = optional_module("matplotlib.pyplot", "A figure")
        rhos = list(dict.fromkeys(run.rho for run in self.runs))
        colors = pyplot.get_cmap("viridis")
        figure, axis = pyplot.subplots(figsize=(5.5, 3.8), layout="constrained")
        labeled = set()
        for run in self.runs:
            place = rhos.index(run.rho)
            color = colors(0.9 * place / max(len(rhos) - 1, 1))
            logs = (run.history.get(f"val_{n}", []) for n in ("rex", "hyz"))
            axis.plot(*logs, color=color, linewidth=1)
            label = None
            if run.rho not in labeled:
                chosen = ", chosen" if run.rho == self.rho else ""
                label = f"rho = {run.rho:g}{chosen}"
                labeled.add(run.rho)
            axis.plot(run.rex, run.hyz, "o", color=color, label=label)
        axis.set_xscale("log")
        axis.set_yscale("log")
        axis.set_xlabel("rex, nats: residual information I(X;Z|Y)")
        axis.set_ylabel("hyz, nats: H(Y|Z)")
        axis.grid(alpha=0.3)
        axis.legend(frameon=False, fontsize=8)
        return figure

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dicts, without the model."""
        return {
            "rho": self.rho,
            "runs": [dataclasses.asdict(run) for run in self.runs],
        }


def _mean(runs: list[RhoRun], name: str) -> float:
    total: float = sum(getattr(run, name) for run in runs)
    return total / len(runs)
