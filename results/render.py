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

PAGES = ("README.md", "results/README.md")


def load(name):
    return json.loads((ROOT / "results" / f"{name}.json").read_text())


def table(header, rows):
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def origin(record):
    return (
        f"`{record['command']}`, commit {record['commit'][:7]}, "
        f"{record['date']}, {record['hardware']}, "
        f"{record['seconds']} s; Keras {record['versions']['keras']}, "
        f"TensorFlow {record['versions']['tensorflow']}."
    )


def spread(values):
    """Mean and, behind it, the lowest and highest value."""
    return (
        f"{np.mean(values):.3f} ({np.min(values):.3f} to {np.max(values):.3f})"
    )


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


def cifar10_row(name, results, autoattack):
    """The cells of one model.

    A radius of AutoAttack that not all its seeds have says how many have it.
    """
    reports = [summary.report(result) for result in results]
    cells = [name, str(len(results))]
    cells.append(spread([summary.clean_accuracy(result) for result in results]))
    for norm in ("linf", "l2"):
        curves = summary.mean(results, lambda r, n=norm: summary.curve(r, n)[1])
        cells += [f"{value:.3f}" for value in curves[1:-1]]
    for eps in autoattack:
        found = [summary.autoattack(result).get(eps) for result in results]
        found = [accuracy for accuracy in found if accuracy is not None]
        cell = f"{np.mean(found):.3f}" if found else ""
        if 0 < len(found) < len(results):
            cell += f" ({len(found)} seeds)"
        cells.append(cell)
    for figure in (
        lambda r: r["corruptions"]["average"],
        lambda r: r["clean"]["ece"],
    ):
        cells.append(f"{np.mean([figure(r) for r in reports]):.3f}")
    flags = {
        check["name"]
        for r in reports
        for check in r["audit"]["checks"]
        if check["flagged"]
    }
    return [*cells, "; ".join(sorted(flags)) or "none"]


def cifar10(folder="cifar10"):
    study = summary.jump_started(summary.load(ROOT / "results" / folder))
    autoattack = sorted(
        {
            eps
            for results in study.values()
            for result in results
            for eps in summary.autoattack(result)
        }
    )
    rows = [
        cifar10_row(name, results, autoattack)
        for name, results in study.items()
    ]
    sample = next(iter(study.values()))[0]
    report = summary.report(sample)
    header = ["model", "seeds", "clean"]
    for norm in ("linf", "l2"):
        for eps in summary.curve(sample, norm)[0][1:-1]:
            size = f"{255 * eps:g}/255" if norm == "linf" else f"{eps:g}"
            header.append(f"PGD-20 {norm} {size}")
    header += [f"AutoAttack linf {255 * eps:g}/255" for eps in autoattack]
    header += ["corruption error", "ECE", "audit flags"]
    settings = sample["settings"]
    images = settings.get("train_images")
    images = f"the first {images:,} images" if images else "all"
    runs = [result for results in study.values() for result in results]
    seconds = np.mean([run["seconds"] for run in runs])
    hardware = "; ".join(sorted({run["hardware"] for run in runs}))
    note = (
        f"Wide ResNet {settings['depth']}-{settings['width']} without "
        f"normalisation, stem of stride {settings['stem_stride']} "
        f"({sample['parameters']:,} weights), {settings['epochs']} epochs on "
        f"{images} of CIFAR-10. Means over the seeds; clean with its range, on "
        "all 10,000 test images, the rest on the first "
        f"{report['clean']['num_images']:,}. Corruptions are in the style of "
        "CIFAR-10-C, made here; mean error over "
        f"{report['corruptions']['coverage']}. By the paper's rule, "
        "over the seeds that all have, "
        f"rho = {summary.selected_rho(study):g}. {seconds / 60:.0f} "
        f"minutes of training a model, on {hardware}. The files hold the "
        "command, commit and time of each; the first of them: "
    )
    return f"{table(header, rows)}\n\n{note}{origin(sample)}"


def jump_start():
    """CEB of one rho with the jump-start and without."""
    study = summary.load(ROOT / "results" / "cifar10_few")
    keys = ("accuracy", "val_accuracy", "val_hyz", "val_rex")
    rows = []
    for name in study.keys() - summary.jump_started(study).keys():
        for model in (name.replace("plain", "ceb"), name):
            last = [result["epochs"][-1] for result in study[model]]
            rows.append(
                [
                    model,
                    str(len(last)),
                    *(spread([epoch[key] for epoch in last]) for key in keys),
                ]
            )
    header = ["model", "seeds", "accuracy in training", "in the test"]
    header += ["-log c(y\\|z), nats", "residual information, nats"]
    return table(header, sorted(rows))


TABLES = {
    "attacks": attacks,
    "corruptions": corruptions,
    "augment": augment,
    "cifar10": cifar10,
    "cifar10_few": lambda: cifar10("cifar10_few"),
    "import_time": import_time,
    "jump_start": jump_start,
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
