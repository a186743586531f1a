"""Prints the rho that the paper's rule selects for each network.

    python -m examples.imagenet.select_rho --results=results/imagenette

The rule: the best accuracy on clean images, and the lowest rho if models tie.
As in the paper, the validation images decide.
"""

from absl import app
from absl import flags

from examples.imagenet import study
from keras_ceb.robustness import Table

FLAGS = flags.FLAGS


def table(rows):
    """Clean errors by rho, the selected one of each network in bold."""
    rhos = sorted({rho for by_rho in rows.values() for rho in by_rho if rho})
    lines, emphasis = [], []
    for key in study.COLUMNS:
        network, method = key
        if method == "xent" or key not in rows:
            continue
        best = study.select(rows[key])
        baseline = rows.get((network, "xent"), {}).get(None, {})
        cells = [study.column_title(key), _percent(baseline)]
        for rho in rhos:
            if rho == best:
                emphasis.append((len(lines), len(cells)))
            cells.append(_percent(rows[key].get(rho, {})))
        lines.append(cells)
    header = ["model", "XEnt", *(f"rho = {rho}" for rho in rhos)]
    return Table(header, lines, emphasis)


def _percent(errors):
    return f"{errors['clean']:.1f}" if "clean" in errors else ""


def main(_):
    rows, _ = study.load(FLAGS.results)
    print("Clean errors in percent, the selected one in bold.\n")
    print(table(rows).to_markdown())


if __name__ == "__main__":
    flags.DEFINE_string("results", None, "Folder of results of evaluate.py.")
    flags.mark_flag_as_required("results")
    app.run(main)
