"""Prints the rho that the paper's rule selects for each network.

    python -m examples.imagenet.select_rho --results=results/imagenette

The rule: the best accuracy on clean images, and of models that tie the one of
the lowest rho. The selection is by the validation images, as the paper's is.
"""

from absl import app
from absl import flags

from examples.imagenet import study

FLAGS = flags.FLAGS


def lines(rows):
    """A Markdown table of clean errors by rho, the selected one marked."""
    rhos = sorted({rho for by_rho in rows.values() for rho in by_rho if rho})
    header = ["model", "XEnt", *(f"rho = {rho}" for rho in rhos)]
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for key in study.COLUMNS:
        network, method = key
        if method == "xent" or key not in rows:
            continue
        best = study.select(rows[key])
        baseline = rows.get((network, "xent"), {}).get(None, {})
        cells = [study.column_title(key), _percent(baseline)]
        for rho in rhos:
            cell = _percent(rows[key].get(rho, {}))
            cells.append(f"**{cell}**" if rho == best else cell)
        yield "| " + " | ".join(cells) + " |"


def _percent(errors):
    return f"{errors['clean']:.1f}" if "clean" in errors else ""


def main(_):
    rows, _ = study.load(FLAGS.results)
    print("Clean errors in percent, the selected one in bold.\n")
    print("\n".join(lines(rows)))


if __name__ == "__main__":
    flags.DEFINE_string("results", None, "Folder of results of evaluate.py.")
    flags.mark_flag_as_required("results")
    app.run(main)
