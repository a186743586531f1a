"""Writes the tables of README.md and results/README.md from result files.

    python results/render.py

A table stands between `<!-- results: NAME -->` and `<!-- end -->`.
"""

import json
import pathlib
import re
import sys

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The studies read their own results.
sys.path.insert(0, str(ROOT))
from examples.cifar10 import summary  # noqa: E402
from examples.cifar10 import tables as cifar10_tables  # noqa: E402
from examples.common.tables import origin  # noqa: E402
from examples.common.tables import spread  # noqa: E402
from examples.common.tables import table  # noqa: E402

PAGES = ("README.md", "results/README.md")


def load(name):
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


def quickstart():
    record = load("quickstart")
    settings = record["figures"]["settings"]
    radii, shown = settings["radii"], settings["shown"]
    groups = {}
    for key, row in record["figures"]["models"].items():
        groups.setdefault(key.rsplit(", seed", 1)[0], []).append(row)
    header = ["model", "clean"]
    header += [f"PGD {norm} {eps}" for norm, eps in shown.items()]
    header += ["residual information, nats"]
    rows = []
    for name, runs in groups.items():
        cells = [name, spread([run["clean"] for run in runs])]
        for norm, eps in shown.items():
            index = radii[norm].index(eps)
            cells.append(spread([run[norm][index] for run in runs]))
        if "rex" in runs[0]:
            cells.append(f"{np.mean([run['rex'] for run in runs]):.2f}")
        else:
            cells.append("infinite")
        rows.append(cells)
    same = [
        f"{name} {runs[0]['same_images']['autoattack']:.2f} "
        f"(PGD {runs[0]['same_images']['pgd']:.2f})"
        for name, runs in groups.items()
    ]
    notes = [
        "Mean over seeds, and the range. "
        f"AutoAttack, linf {shown['linf']}, on {settings['autoattack_size']} "
        f"of the digits for the first seed: {'; '.join(same)}.",
        origin(record),
    ]
    return "\n\n".join([table(header, rows), *notes])


def schedules():
    record = load("schedules")
    rows = record["figures"]
    rhos = sorted({row["rho"] for row in rows})
    names = list(dict.fromkeys(row["schedule"] for row in rows))
    body = []
    for name in names:
        cells = [name]
        for rho in rhos:
            values = [
                row["accuracy"]
                for row in rows
                if row["schedule"] == name and row["rho"] == rho
            ]
            cells.append(spread(values))
        body.append(cells)
    header = ["schedule", *(f"rho = {rho:g}" for rho in rhos)]
    return f"{table(header, body)}\n\n{origin(record)}"


def training_step():
    record = load("training_step")
    figures = record["figures"]
    rows = []
    for backbone in ("ResNet-50", "the head alone"):
        measured = figures[backbone]
        for head, seconds in measured["seconds"].items():
            rows.append(
                [
                    backbone,
                    head,
                    f"{1000 * seconds:.1f}",
                    f"{measured['ratio_to_cross_entropy'][head]:.3f}",
                    f"{measured['ratio_to_listing'][head]:.3f}",
                ]
            )
    header = ["network", "head", "ms a step"]
    header += ["against cross-entropy", "against the listing"]
    settings = ", ".join(f"{k} {v}" for k, v in figures["settings"].items())
    note = "Medians over turns in one process; " + settings + ". "
    return f"{table(header, rows)}\n\n{note}{origin(record)}"


def import_time():
    record = load("import_time")
    figures = record["figures"]
    return (
        f"`import keras` takes {figures['import_keras_seconds']:.2f} s, "
        "`import keras_ceb` after it "
        f"{figures['import_keras_ceb_adds_seconds']:.2f} s: medians of "
        f"{figures['runs']} processes. {origin(record)}"
    )


def augment():
    record = load("augment")
    rows = []
    for case in record["figures"]["cases"]:
        for name, speed in case["images_per_cpu_second"].items():
            ratio = case["ours_against"].get(name)
            rows.append(
                [
                    f"{case['policy']}, {case['size']} px",
                    name,
                    f"{speed:,.0f}",
                    "" if ratio is None else f"{ratio:.1f}",
                ]
            )
    header = [
        "policy",
        "augmentation",
        "images a CPU-second",
        "ours against it",
    ]
    turns = record["figures"]["turns"]
    note = f"Medians over {turns} turns in one process. "
    return f"{table(header, rows)}\n\n{note}{origin(record)}"


def corruptions():
    record = load("corruptions/speed_224")
    figures = record["figures"]["224"]
    summary = figures["summary"]
    rows = []
    for name, figure in figures.items():
        if name == "summary":
            continue
        speeds = figure["images_per_cpu_second"]
        peer = figure["fastest_peer_of_the_same_definition"]
        rows.append(
            [
                name,
                f"{speeds['keras_ceb']:,.0f}",
                f"{speeds[peer]:,.0f}",
                peer,
                f"{figure['times_faster']:.1f}",
            ]
        )
    header = ["corruption", "images a CPU-second", "fastest peer's", "peer"]
    header += ["times faster"]
    note = (
        "Over all of them (harmonic mean) "
        f"{summary['times_faster_over_all']:.1f} times faster; ImageNet-C "
        f"takes {summary['cpu_hours_of_imagenet_c']:.1f} CPU-hours, with the "
        "fastest peer of each "
        f"{summary['cpu_hours_of_the_fastest_peer_of_each']:.1f}. Medians of "
        f"{record['rounds']} rounds in one process. "
    )
    return f"{table(header, rows)}\n\n{note}{origin(record)}"


def tpu_aot():
    records = [
        json.loads(file.read_text())
        for file in sorted((ROOT / "results" / "tpu_aot").glob("*.json"))
    ]
    places = {
        tuple(
            record["figures"][k] for k in ("experiment", "program", "topology")
        ): record["figures"]["per_chip"]
        for record in records
    }
    rows = []
    for record, place in zip(records, places, strict=True):
        figures, cost = record["figures"], places[place]
        name, program, slice_ = place
        network = re.split("_xent|_ceb|_cceb", name)[0]
        base = places.get((f"{network}_xent", program, slice_))
        rows.append(
            [
                name,
                program,
                slice_,
                f"{figures['batch_size'] // figures['chips']}",
                f"{cost['flops'] / 1e12:.3f}",
                f"{cost['bytes'] / 1e9:.1f}",
                f"{sum(cost['memory'].values()) / 2**30:.2f}",
                *(
                    f"{cost[unit] / base[unit]:.4f}" if base else ""
                    for unit in ("flops", "bytes")
                ),
                "; ".join(
                    f"{gib:.2f} GiB on {smaller}"
                    for smaller, gib in figures["missing_gib"].items()
                ),
            ]
        )
    header = ["model", "program", "slice", "images a chip", "TFLOP", "GB moved"]
    header += ["GiB of memory", "TFLOP against xent", "GB against xent"]
    header += ["missing on smaller slices"]
    newest = max(records, key=lambda record: record["date"])
    libtpu = newest["versions"]["libtpu"]
    notes = [
        "Each for one call of the program on one chip; of an attack, its "
        "start, one step and its end, as the compiler counts the body of a "
        "loop once. The files hold the command, commit and time of each row. "
        "The last of them: "
        f"{origin(newest)[:-1]}, libtpu {libtpu}."
    ]
    return "\n\n".join([table(header, rows), *notes])


def attacks():
    record = load("attacks")
    figures = record["figures"]
    rows = []
    for case in ("half_broken", "never_broken"):
        for steps in (20, 100):
            row = figures[f"{case}_pgd_{steps}"]
            cells = [f"{case.replace('_', ' ')}, PGD-{steps}"]
            cells.append(f"{row['accuracy']['keras_ceb']:.3f}")
            for name in ("cleverhans", "foolbox", "art"):
                cells.append(
                    f"{row['times_ours'][name]:.2f} "
                    f"({row['accuracy'][name]:.3f})"
                )
            rows.append(cells)
    header = ["model and attack", "our robust accuracy"]
    header += ["CleverHans", "Foolbox", "ART"]
    note = (
        "How often our time fits into theirs, and the robust accuracy that "
        f"each found on the same {figures['images']} images; medians over "
        f"{figures['turns']} turns in one process. A step of our PGD takes "
        f"{figures['step_over_bare_pass']:.3f} of one bare forward and "
        "gradient pass. "
    )
    return f"{table(header, rows)}\n\n{note}{origin(record)}"


def class_means():
    """What the fault of the class means did: the same models, before."""
    earlier = load("class_means")
    rows = []
    for folder, models in earlier["cifar10"].items():
        study = summary.load(ROOT / "results" / folder)
        rows += cifar10_tables.before_and_after(folder, models, study)
    header = ["study", "model", "seeds", "clean", "PGD-20 linf 1/255"]
    header += ["residual information, nats", "ECE"]
    note = (
        "Before and after, means over the seeds that both have. Before: "
        f"commit {earlier['commit'][:7]}, from its result files."
    )
    return f"{table(header, rows)}\n\n{note}"


TABLES = {
    "attacks": attacks,
    "corruptions": corruptions,
    "augment": augment,
    "cifar10": lambda: cifar10_tables.models(ROOT / "results/cifar10"),
    "cifar10_few": lambda: cifar10_tables.models(ROOT / "results/cifar10_few"),
    "cifar10_few_leads": lambda: cifar10_tables.leads(
        ROOT / "results/cifar10_few"
    ),
    "cifar10_leads": lambda: cifar10_tables.leads(ROOT / "results/cifar10"),
    "class_means": class_means,
    "import_time": import_time,
    "jump_start": lambda: cifar10_tables.jump_start(
        ROOT / "results/cifar10_few"
    ),
    "quickstart": quickstart,
    "schedules": schedules,
    "tpu_aot": tpu_aot,
    "training_step": training_step,
}


def render(page):
    """The text of a page with its tables made anew."""
    return re.sub(
        r"(<!-- results: (\w+) -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}{TABLES[m[2]]()}\n{m[3]}",
        (ROOT / page).read_text(),
        flags=re.DOTALL,
    )


def main():
    for page in PAGES:
        text = render(page)
        (ROOT / page).write_text(text)


if __name__ == "__main__":
    main()
