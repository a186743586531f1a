"""Draws the figures of the Fashion-MNIST study from its result files.

    python -m examples.fashion_mnist.figures --results=results/fashion_mnist

`rho.png`: accuracy, clean and under attack, against rho. `radius.png`: accuracy
of the main rows under PGD-20 against its radius. `reliability.png`: how many
answers are right, by confidence. `information.png`: the information plane, what
the encoding keeps of the image beyond the class against what it tells of the
class, from epoch to epoch.
"""

import math
import pathlib

import numpy as np
from absl import app
from absl import flags

from examples.common import study as study_lib
from examples.fashion_mnist import data
from examples.fashion_mnist import summary

FLAGS = flags.FLAGS


def accuracy_against_rho(study, axis):
    """Figure 1 of the paper's kind, of one seed."""
    pairs = summary.over_rho(study, "ceb")
    results = [result for _, result in pairs]
    names = ["clean", *study_lib.autoattacks({"ceb": results})]
    for number, name in enumerate(names):
        color = f"C{number}"
        values = [study_lib.accuracy(result, name) for result in results]
        rhos = [rho for rho, _ in pairs]
        axis.plot(rhos, values, "o-", color=color, label=name)
        for result in study.get("baseline", [])[:1]:
            value = study_lib.accuracy(result, name)
            axis.axhline(value, color=color, ls="--", lw=1)
    axis.set_xlabel(r"$\rho$ (dashed: cross-entropy)")
    axis.set_ylabel("accuracy")
    _legend(axis)


def _legend(axis):
    """Beside the lines, which it would hide."""
    axis.legend(
        frameon=False, fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5)
    )


def _style(name):
    """Of the line of a model: by training and kind."""
    style = ":" if name.startswith("fast_") else "-"
    kinds = ("baseline", "smoothed", "cceb", "ceb")
    kind = next(i for i, kind in enumerate(kinds) if kind in name)
    return {"ls": style, "color": ("k", "gray", "C1", "C0")[kind]}


def accuracy_against_radius(rows, axis):
    """The main rows under PGD-20, means over seeds."""
    for name, results in rows.items():
        radii = study_lib.curve(results[0])[0]
        values = study_lib.mean(results, lambda r: study_lib.curve(r)[1])
        axis.plot(radii, values, label=name, **_style(name))
    axis.set_xlabel(r"PGD-20 $L_\infty$, radius in pixels of 0..1")
    axis.set_ylabel("accuracy")
    _legend(axis)


def reliability(rows, axis):
    """Accuracy by confidence, all seeds together."""
    axis.plot([0, 1], [0, 1], "k:", lw=0.7)
    for name, results in rows.items():
        bins = [study_lib.measure(r, "clean")["reliability"] for r in results]
        count, confidence, right = (
            np.sum([part[key] for part in bins], axis=0)
            for key in ("count", "confidence", "right")
        )
        # A few answers say nothing.
        some = count >= 20 * len(results)
        axis.plot(
            confidence[some] / count[some],
            right[some] / count[some],
            marker=".",
            label=name,
            **_style(name),
        )
    axis.set_xlabel("confidence")
    axis.set_ylabel("accuracy")
    _legend(axis)


def information_plane(study, axis):
    """CEB over rho: both informations after each epoch, in nats."""
    for rho, result in summary.over_rho(study, "ceb"):
        epochs = result["figures"]["epochs"]
        residual = [epoch["val_rex"] for epoch in epochs]
        of_class = [
            math.log(data.CLASSES) - epoch["val_hyz"] for epoch in epochs
        ]
        axis.plot(residual, of_class, ".-", lw=0.7, label=rf"$\rho$ = {rho:g}")
    axis.axhline(math.log(data.CLASSES), color="gray", ls=":", lw=0.7)
    axis.set_xscale("log")
    axis.set_xlabel("residual information, upper bound of I(X;Z|Y), nats")
    axis.set_ylabel("lower bound of I(Y;Z), nats")
    _legend(axis)


def main(_):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    study = summary.load(FLAGS.results)
    output = pathlib.Path(FLAGS.output or FLAGS.results)
    output.mkdir(parents=True, exist_ok=True)
    rows = summary.main_rows(study)
    drawings = {
        "rho": (accuracy_against_rho, study),
        "radius": (accuracy_against_radius, rows),
        "reliability": (reliability, rows),
        "information": (information_plane, study),
    }
    for name, (draw, what) in drawings.items():
        figure, axis = plt.subplots(figsize=(6, 4))
        draw(what, axis)
        figure.tight_layout()
        figure.savefig(output / f"{name}.png", dpi=110)
        plt.close(figure)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string(
        "results", "results/fashion_mnist", "Folder of the results."
    )
    flags.DEFINE_string("output", None, "Folder of figures; that of results.")
    app.run(main)
