"""Draws the figures of the CIFAR-10 study from its result files.

    python -m examples.cifar10.figures --results=results/cifar10

`figure1.png`: accuracy, clean and under PGD-20, against rho. `figure2.png`:
accuracy against the radius of the attack. `training.png`: accuracy,
-log c(y|z) and residual information against epochs. Figures that the paper
quotes are drawn as gray marks; they are of other, larger networks. What it
quotes of Madry's model is left out where `madry` was measured.
"""

import json
import pathlib

from absl import app
from absl import flags

from examples.cifar10 import summary

FLAGS = flags.FLAGS

QUOTED = pathlib.Path(__file__).parent / "quoted.json"
TITLES = {"linf": r"PGD-20 $L_\infty$", "l2": r"PGD-20 $L_2$"}


def quoted():
    """What the paper says in words, with its place there."""
    return json.loads(QUOTED.read_text())


def marks(study):
    """What the paper quotes of models that the study has not measured."""
    return [m for m in quoted()["marks"] if m.get("experiment") not in study]


def accuracy_against_rho(study, axis, marks):
    """Figure 1."""
    pairs = summary.linear_ceb(study)
    consistent = [
        results
        for results in summary.trained_on_clean(study).values()
        if results[0]["settings"]["classifier"] == "consistent"
    ]
    series = [("clean", summary.clean_accuracy)]
    for norm, title in TITLES.items():
        sample = next(iter(study.values()))[0]
        radii, _ = summary.curve(sample, norm)
        place = len(radii) // 2
        radius = f"{radii[place]:.3g}"
        if norm == "linf":
            radius = f"{255 * radii[place]:.3g}/255"
        series.append(
            (
                f"{title}, {radius}",
                lambda r, norm=norm, i=place: summary.curve(r, norm)[1][i],
            )
        )
    for number, (title, function) in enumerate(series):
        color = f"C{number}"
        rhos = [rho for rho, _ in pairs]
        values = [summary.mean(results, function) for _, results in pairs]
        axis.plot(rhos, values, "o-", color=color, label=f"CEB, {title}")
        for rho, results in pairs:
            dots = [function(result) for result in results]
            axis.plot([rho] * len(dots), dots, ".", color=color, alpha=0.5)
        for name, style in (("baseline", "--"), ("madry", "-.")):
            if name in study:
                value = summary.mean(study[name], function)
                axis.axhline(value, color=color, ls=style, lw=1)
        for results in consistent:
            axis.plot(
                [summary.rho_of(results)],
                [summary.mean(results, function)],
                "x",
                color=color,
            )
    for mark in marks:
        axis.axhline(mark["accuracy"], color="gray", ls=":", lw=0.7)
        axis.annotate(
            f"paper: {mark['label']}",
            (1, mark["accuracy"]),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=6,
            color="gray",
        )
    madry = ", dash-dotted: Madry, measured" if "madry" in study else ""
    axis.set_xlabel(
        rf"$\rho$ (dashed: baseline, crosses: consistent{madry})", fontsize=8
    )
    axis.set_ylabel("accuracy")
    axis.set_ylim(0, 1)
    axis.legend(frameon=False, fontsize=7)


def accuracy_against_radius(study, norm, axis):
    """One half of Figure 2, without those that never trained."""
    for name, results in summary.jump_started(study).items():
        radii = summary.curve(results[0], norm)[0]
        values = summary.mean(results, lambda r: summary.curve(r, norm)[1])
        start = summary.mean(
            results, lambda r: summary.report(r)["clean"]["accuracy"]
        )
        style = "o-"
        if results[0]["settings"].get("adversary"):
            style = "s:"
        elif name == "baseline":
            style = "k--"
        axis.plot([0, *radii], [start, *values], style, ms=3, label=name)
    axis.set_xlabel(f"{TITLES[norm]}, radius in pixels of 0..1")
    axis.set_ylabel("accuracy")


def against_epochs(study, key, axis):
    """A figure of each epoch's log, the mean over seeds."""
    for name, results in study.items():
        epochs = summary.against_epochs(results[0], key)[0]
        if epochs:
            values = summary.mean(
                results, lambda r: summary.against_epochs(r, key)[1]
            )
            style = "k--" if name == "baseline" else "-"
            axis.plot(epochs, values, style, label=name)
    axis.set_xlabel("epoch")


def main(_):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    study = summary.load(FLAGS.results)
    output = pathlib.Path(FLAGS.output or FLAGS.results)
    output.mkdir(parents=True, exist_ok=True)

    figure, axis = plt.subplots(figsize=(5, 4))
    accuracy_against_rho(study, axis, marks(study) if FLAGS.paper else [])
    figure.tight_layout()
    figure.savefig(output / "figure1.png", dpi=120)

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    for norm, axis in zip(TITLES, axes, strict=True):
        accuracy_against_radius(study, norm, axis)
    axes[1].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    figure.savefig(output / "figure2.png", dpi=120)

    titles = {
        "accuracy": "accuracy in training",
        "val_accuracy": "accuracy in the test",
        "val_hyz": "-log c(y|z) in the test, nats",
        "val_rex": "residual information, nats",
    }
    figure, axes = plt.subplots(1, len(titles), figsize=(14, 3.3))
    for (key, title), axis in zip(titles.items(), axes, strict=True):
        against_epochs(study, key, axis)
        axis.set_ylabel(title)
    axes[-1].set_yscale("log")
    axes[0].legend(frameon=False, fontsize=7)
    figure.tight_layout()
    figure.savefig(output / "training.png", dpi=120)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string(
        "results",
        "runs/cifar10/cpu/results",
        "Folder of the results of a preset.",
    )
    flags.DEFINE_string("output", None, "Folder of figures; that of results.")
    flags.DEFINE_bool("paper", True, "Draw the values that the paper quotes.")
    app.run(main)
