"""Draws Figures 3 and 4 of the paper from our results.

    python -m examples.imagenet.figures --results=results/imagenette \
        --output=results/imagenette

Each row is a kind of error. A vertical line is the cross-entropy network, the
points beside it are the CEB networks from rho = 10 (top) to 1 (bottom), the
dot is the selected one. Diamonds are the paper's own figures, where these are
legible and the results are of the paper's size.
"""

import pathlib

from absl import app
from absl import flags

from examples.imagenet import study
from examples.imagenet.experiments import NETWORKS
from examples.imagenet.experiments import RHOS

FLAGS = flags.FLAGS

FIGURES = {"figure3": 50, "figure4": 152}
BLUES = ("#9ecae1", "#3182bd", "#08306b")  # No AutoAugment, with it, wide.
REDS = ("#fcae91", "#de2d26", "#67000d")
HALF_HEIGHT = 0.4


def shade(network):
    """Which of three shades: the larger the network, the darker."""
    settings = NETWORKS[network]
    return settings.width if settings.autoaugment else 0


def method_shown(rows, network):
    """cCEB for a wide network, as in the paper, if it is there in full."""
    ceb, cceb = (len(rows.get((network, m), {})) for m in ("ceb", "cceb"))
    return "cceb" if cceb and cceb >= ceb else "ceb"


def draw(rows, depth, paper=None):
    """A figure of the networks of one depth, or `None` if there are none.

    Args:
        rows: Errors by (network, method) and rho, see `study.load`.
        depth: 50 or 152.
        paper: What `study.of_paper` gives, or `None`.
    """
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    networks = [
        name
        for name, settings in NETWORKS.items()
        if settings.depth == depth
        and any((name, method) in rows for method in ("xent", "ceb", "cceb"))
    ]
    if not networks:
        return None
    seen = {name for by_rho in rows.values() for e in by_rho.values()
            for name in e}  # fmt: skip
    names = [name for name in study.ROWS if name in seen]
    figure, axis = plt.subplots(figsize=(7, 0.8 + 0.33 * len(names)))
    for network in networks:
        method = method_shown(rows, network)
        by_rho = rows.get((network, method), {})
        best = study.select(by_rho) if by_rho else None
        for place, name in enumerate(names):
            summary = name in study.SUMMARIES
            color = (REDS if summary else BLUES)[shade(network)]
            baseline = rows.get((network, "xent"), {}).get(None, {}).get(name)
            if baseline is not None:
                axis.vlines(
                    baseline,
                    place - HALF_HEIGHT,
                    place + HALF_HEIGHT,
                    color=color,
                )
            points = [
                (errors[name], place + offset(rho))
                for rho, errors in sorted(by_rho.items())
                if name in errors
            ]
            if points:
                axis.plot(*zip(*points, strict=True), "-", color=color, lw=0.8)
                axis.plot(*zip(*points, strict=True), ".", color=color, ms=3)
            if best is not None and name in by_rho[best]:
                axis.plot(
                    by_rho[best][name], place + offset(best), "o",
                    color=color, ms=5,
                )  # fmt: skip
            for shown in ("xent", method) if paper else ():
                value = paper[network, shown][1].get(name)
                if value is not None:
                    axis.plot(
                        value, place, "D", mec=color, mfc="none", ms=4
                    )  # fmt: skip
        title = f"{NETWORKS[network].title}: XEnt and "
        title += "cCEB" if method == "cceb" else "CEB"
        axis.plot([], [], "o-", color=BLUES[shade(network)], label=title)
    if paper:
        axis.plot([], [], "D", mec="gray", mfc="none", label="the paper's")
    axis.set_yticks(range(len(names)), [study.ROWS[name] for name in names])
    axis.invert_yaxis()
    axis.grid(axis="x", alpha=0.3)
    axis.set_xlabel("error in percent; lines: XEnt, dots: selected rho")
    axis.legend(frameon=False, fontsize=8)
    figure.tight_layout()
    return figure


def offset(rho):
    """The height of a rho within its row, 10 at the top."""
    low, high = min(RHOS), max(RHOS)
    return HALF_HEIGHT * (1 - 2 * (rho - low) / (high - low))


def main(_):
    rows, results = study.load(FLAGS.results)
    paper = study.of_paper() if study.is_the_papers(results) else None
    output = pathlib.Path(FLAGS.output)
    output.mkdir(parents=True, exist_ok=True)
    for name, depth in FIGURES.items():
        figure = draw(rows, depth, paper)
        if figure is not None:
            figure.savefig(output / f"{name}.png", dpi=150)


if __name__ == "__main__":
    flags.DEFINE_string("results", None, "Folder of results of evaluate.py.")
    flags.DEFINE_string("output", None, "Folder for the figures.")
    flags.mark_flags_as_required(["results", "output"])
    app.run(main)
