"""What attacks find beside those of other packages."""

import statistics

from examples.common.results import run_of
from examples.common.tables import origin
from keras_ceb.robustness import Table
from results.files import load


def minimal_distance():
    record = load("minimal_distance")
    settings = record["settings"]
    rows = []
    for row in record["figures"]["runs"]:
        cells = [row["model"], f"{row['attack']}, {row['norm']}"]
        for name in ("keras_ceb", "adv_lib", "foolbox"):
            tool = row["tools"][name]
            middle = tool["median"]
            shown = "none" if middle is None else f"{middle:.3g}"
            cells.append(f"{shown} ({100 * tool['found']:.0f} %)")
        rows.append(cells)
    header = ["model", "attack", "keras_ceb", "adv-lib", "Foolbox"]
    note = (
        "Median distance to the closest misclassified point and, in brackets, "
        "the share of images for which one was found; a median is none if "
        "that is less than half. Of the "
        f"{settings['images']} images, those that the model gets right; "
        f"{settings['steps']} steps. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def autoattack_fast():
    record = load("autoattack_fast")
    settings = record["settings"]
    rows = []
    for row in record["figures"]["runs"]:
        robust, seconds = row["robust_accuracy"], row["cpu_seconds"]
        rows.append(
            [
                row["model"],
                f"{row['norm']} {row['eps']:g}",
                f"{100 * row['clean']:.1f}",
                *(f"{100 * robust[v]:.1f}" for v in ("standard", "fast")),
                *(
                    f"{statistics.median(seconds[v]):.0f}"
                    for v in ("standard", "fast")
                ),
                f"{row['times_faster']:.1f}",
            ]
        )
    header = ["model", "ball", "clean", "standard", "fast"]
    header += ["standard, CPU s", "fast, CPU s", "times faster"]
    note = (
        f"Accuracy in % on {settings['images']} images, and CPU seconds with "
        "what is compiled. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def report_time():
    record = load("report_time")
    settings, runs = record["settings"], record["figures"]["runs"]
    # (network, source), in the order of the columns.
    sources = [(run, key) for run in runs for key in ("earlier", "now")]
    rows = [
        [
            "CPU seconds",
            *(
                f"{statistics.median(run[key]['cpu_seconds']):.0f}"
                for run, key in sources
            ),
        ]
    ]
    rows += [
        [
            f"accuracy, {name}",
            *(
                f"{100 * run[key]['accuracies'][name]:.1f}"
                for run, key in sources
            ),
        ]
        for name in runs[0]["now"]["accuracies"]
    ]
    names = {"earlier": settings["commit"], "now": "now"}
    header = [
        "",
        *(f"{run['experiment']}, {names[key]}" for run, key in sources),
    ]
    faster = ", ".join(
        f"{run['times_faster']:.1f} times faster on `{run['experiment']}`"
        for run in runs
    )
    note = (
        f"Accuracies in %; {settings['images']} images, networks of the `cpu` "
        f"preset: {faster}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"
