"""Writes Table 1 of the paper, with our results.

    python -m examples.imagenet.table1 --results=results/imagenette \
        --output=table1.md

The legible figures of the paper are printed below ours, for results of the
paper's size only. They come from `results/paper/table1.json`.
"""

import pathlib

from absl import app
from absl import flags

from examples.common.results import run_of
from examples.common.results import seed_of
from examples.imagenet import study
from keras_ceb.robustness import Table

FLAGS = flags.FLAGS


def table(columns):
    """Markdown of errors in percent, the lowest of each network in bold.

    Args:
        columns: Dict from (network, method) to rho and errors.
    """
    keys = [key for key in study.COLUMNS if key in columns]
    names = [
        name
        for name in study.ROWS
        if any(name in columns[key][1] for key in keys)
    ]
    titles = [study.column_title(key) for key in keys]
    rows = [["rho*", *(_rho(key, columns[key][0]) for key in keys)]]
    emphasis = []
    for name in names:
        lowest = {}
        for network, method in keys:
            value = columns[network, method][1].get(name)
            if value is not None:
                old = lowest.get(network, value)
                lowest[network] = min(old, round(value, 1))
        cells = [study.ROWS[name]]
        for network, method in keys:
            value = columns[network, method][1].get(name)
            if value is not None and round(value, 1) == lowest[network]:
                emphasis.append((len(rows), len(cells)))
            cells.append(None if value is None else f"{value:.1f}")
        rows.append(cells)
    return Table(["error, %", *titles], rows, emphasis).to_markdown()


def _rho(key, rho):
    if key[1] == "xent":
        return "NA"
    return "" if rho is None else str(rho)


def remarks(results):
    """What the figures are measured on, and where they come from."""
    counts = results[0]["figures"]["counts"]
    facts = counts.get("corruptions", {}).get("facts") or {}
    sizes = {
        name: next(v[1] for k, v in row.items() if k != "facts")
        for name, row in counts.items()
    }
    severities = sorted(
        {
            key.rsplit(" ", 1)[1]
            for key in counts.get("corruptions", {})
            if key != "facts"
        }
    )
    yield (
        "Images: "
        + ", ".join(f"{name} {size}" for name, size in sizes.items())
        + "."
    )
    if facts:
        yield (
            f"Corruptions: severities {', '.join(severities)} of "
            f"{facts['variant']}, {facts['source']}."
        )
        for name, reason in facts["left_out"].items():
            yield f"Left out: {name}. {reason}"
    preset = results[0]["settings"]["preset"]
    yield (
        f"PGD: random targets, {preset['attack_steps']} steps; L2 eps "
        f"{preset['l2']:g}, step {preset['l2_step']:g}; Linf eps "
        f"{255 * preset['linf']:g}/255, step {255 * preset['linf_step']:g}"
        "/255; pixels 0 to 1. The last image of the attack counts and its "
        "loss is cross-entropy; in the rows named margin, every step counts "
        "and the loss is the margin."
    )
    yield (
        f"{preset['image_size']} pixels, {preset['epochs']} epochs, batches "
        f"of {preset['batch_size']}."
    )
    trained = [run_of(result, "training") for result in results]
    measured = [run_of(result) for result in results]
    commits = sorted({str(run["commit"])[:7] for run in trained})
    seeds = sorted({seed_of(result) for result in results})
    yield (
        f"{len(results)} models, seeds {', '.join(map(str, seeds))}, commit "
        f"{', '.join(commits)}, {measured[0]['date']}, "
        f"{trained[0]['hardware']}; Keras {measured[0]['versions']['keras']}, "
        f"{measured[0]['backend']} backend; "
        f"{sum(run['seconds'] for run in trained)} s of training, "
        f"{sum(run['seconds'] for run in measured)} s of evaluation."
    )


def page(rows, results):
    """The whole file."""
    parts = [table(study.selected(rows)), *remarks(results)]
    if study.is_the_papers(results):
        parts += [
            "The paper's own figures, as far as they are legible in the text "
            "that we have:",
            table(study.of_paper()),
        ]
    return "\n\n".join(parts) + "\n"


def main(_):
    text = page(*study.load(FLAGS.results))
    if FLAGS.output:
        pathlib.Path(FLAGS.output).write_text(text)
    else:
        print(text)


if __name__ == "__main__":
    flags.DEFINE_string("results", None, "Folder of results of evaluate.py.")
    flags.DEFINE_string(
        "output", None, "Markdown file; by default it is printed."
    )
    flags.mark_flag_as_required("results")
    app.run(main)
