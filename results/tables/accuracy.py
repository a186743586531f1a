"""How accurate and robust small models are, by how they are trained."""

import numpy as np

from examples.cifar10 import summary
from examples.cifar10 import tables as cifar10_tables
from examples.common.results import run_of
from examples.common.tables import origin
from examples.common.tables import spread
from keras_ceb.robustness import Table
from results.files import ROOT
from results.files import load

# As the tables call them.
DATA_SETS = {"digits": "digits", "fashion_mnist": "Fashion-MNIST"}


def quickstart():
    record = load("quickstart")
    settings = record["settings"]
    radii, shown = settings["radii"], settings["shown"]
    groups = {}
    for key, row in record["figures"].items():
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
        origin(run_of(record)),
    ]
    return "\n\n".join([Table(header, rows).to_markdown(), *notes])


def adversarial_choices():
    record = load("adversarial_choices")
    settings = record["settings"]
    names = settings["data"]
    groups = {}
    for row in record["figures"]["runs"]:
        key = row["batch_norm"], row["choice"]
        groups.setdefault(key, {}).setdefault(row["data"], []).append(row)
    header = ["BatchNorm", "what differs from the default"]
    for name, about in names.items():
        shown = DATA_SETS[name]
        header += [f"{shown}, clean", f"{shown}, AutoAttack {about['eps']:g}"]
    rows = []
    for (batch_norm, choice), by_data in groups.items():
        cells = ["with" if batch_norm else "without", choice]
        for name in names:
            for key in ("clean", "autoattack"):
                cells.append(spread([row[key] for row in by_data[name]]))
        rows.append(cells)
    note = (
        "Mean over seeds, and the range. Clean on all test images, L-infinity "
        f"AutoAttack on the first {settings['images']}. CEB, rho = "
        f"{settings['rho']:g}. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"


def schedules():
    record = load("schedules")
    rows = record["figures"]["runs"]
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
    return f"{Table(header, body).to_markdown()}\n\n{origin(run_of(record))}"


def class_means():
    """What the fault of the class means did: the same models, before."""
    earlier = load("class_means")
    rows = []
    for folder, models in earlier["figures"].items():
        now = summary.load(ROOT / "results" / folder)
        rows += cifar10_tables.before_and_after(folder, models, now)
    header = ["study", "model", "seeds", "clean", "PGD-20 linf 1/255"]
    header += ["residual information, nats", "ECE"]
    note = (
        "Before and after, means over the seeds that both have. Before: "
        f"commit {earlier['settings']['files_of_commit'][:7]}, from its "
        "result files."
    )
    return f"{Table(header, rows).to_markdown()}\n\n{note}"
