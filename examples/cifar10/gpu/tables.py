"""The tables of the GPU study in results/README.md."""

import pathlib

import numpy as np

from examples.common import paired
from examples.common import results as result_files
from examples.common import study as study_lib
from examples.common.results import run_of
from examples.common.results import seed_of
from examples.common.tables import origin
from examples.common.tables import spread
from keras_ceb.robustness import Table

NETWORKS = {
    "preact": "PreActResNet-18, BatchNorm",
    "wrn": "Wide ResNet 16-4, no normalization",
}


def load(folder):
    """The models of a study: {(network, fast, head): [result of each seed]}.

    The baseline first, then by head.
    """
    found = {}
    for file in study_lib.files_of(folder):
        result = result_files.read(file)
        settings = result["settings"]
        key = settings["network"], settings["fast"], settings["head"]
        found.setdefault(key, []).append(result)
    order = sorted(found, key=lambda k: (k[0], k[1], k[2] != "baseline", k[2]))
    return {key: sorted(found[key], key=seed_of) for key in order}


def accuracy(result, measure):
    """Accuracy in one of the measures, such as `"autoattack 8/255"`."""
    return result["figures"]["measures"][measure]["accuracy"]


def _title(measure):
    attack, _, radius = measure.partition(" ")
    titles = {"clean": "clean", "pgd": "PGD-20", "autoattack": "AutoAttack"}
    return f"{titles[attack]} {radius}".strip()


def _measures(results):
    """The names of what was measured, by attack and radius."""
    names = results[0]["figures"]["measures"]
    figure = ("clean", "pgd", "autoattack")
    return sorted(
        names,
        key=lambda n: (
            figure.index(n.split()[0]),
            names[n].get("eps", 0.0),
        ),
    )


def models(folder, fast):
    """Models trained plainly, or against `FastTraining`."""
    study = {k: v for k, v in load(folder).items() if k[1] == fast}
    first = next(iter(study.values()))
    measures = _measures(first)
    rows = []
    for (network, _, head), results in study.items():
        cells = [NETWORKS[network], head, str(len(results))]
        for name in measures:
            values = [accuracy(result, name) for result in results]
            several = len(values) > 1
            cells.append(spread(values) if several else f"{values[0]:.3f}")
        clean = [r["figures"]["measures"]["clean"] for r in results]
        cells += [
            f"{np.mean([figures[name] for figures in clean]):.3f}"
            for name in ("ece", "nll")
        ]
        last = [result["figures"]["epochs"][-1] for result in results]
        rex = [epoch["rex"] for epoch in last if "rex" in epoch]
        cells.append(f"{np.mean(rex):.2f}" if rex else "infinite")
        rows.append(cells)
    header = ["network", "model", "seeds", *map(_title, measures)]
    header += ["ECE", "NLL, nats", "residual information, nats"]
    return f"{Table(header, rows).to_markdown()}\n\n{_note(first[0], fast)}"


def _note(result, fast):
    settings, figures = result["settings"], result["figures"]["measures"]
    attacked = next(f for n, f in figures.items() if n.startswith("auto"))
    eps = f"{255 * max(settings['radii']['autoattack']):g}/255"
    training = (
        f'`FastTraining("linf", {eps}, noise="{settings["noise"]}")`'
        if fast
        else "Plain training"
    )
    run = run_of(result, "training")
    return (
        f"{training}, {settings['epochs']} epochs, batches of "
        f"{settings['batch_size']}, {settings['policy']}; attacks in float32 "
        "(TF32), L-infinity. Clean and PGD-20 on all "
        f"{figures['clean']['images']:,} test images, AutoAttack on the first "
        f"{attacked['images']:,}. Residual information is that of the last "
        "epoch of training, on its images. Training a model took "
        f"{run['seconds']} s, on a GPU that {settings['workers']} processes "
        "shared. The files hold the command, commit and time of each; the "
        f"first of them: {origin(run)}"
    )


def compare(result, baseline, measure):
    """How far a model is ahead, on the same images.

    Args:
        result: Of the model.
        baseline: Of the baseline.
        measure: One of AutoAttack.

    Returns:
        How many images stand for the model alone, and for the baseline alone.
    """
    stands, other = (
        paired.flags_of(r["figures"]["measures"][measure]["stands"])
        for r in (result, baseline)
    )
    return paired.won_and_lost(stands, other)


def leads(folder):
    """CEB against the baseline, seed by seed, in points."""
    study = load(folder)
    rows = []
    for (network, fast, head), results in study.items():
        if head == "baseline":
            continue
        baseline = {seed_of(r): r for r in study[network, fast, "baseline"]}
        # Plain models fall at the largest radius, all of them.
        auto = [n for n in _measures(results) if n.startswith("auto")][0]
        pgd = auto.replace("autoattack", "pgd")
        for result in results:
            base = baseline.get(seed_of(result))
            if base is None:
                continue
            points = [
                100 * (accuracy(result, name) - accuracy(base, name))
                for name in ("clean", pgd, auto)
            ]
            better, worse = compare(result, base, auto)
            rows.append(
                [
                    NETWORKS[network],
                    "fast" if fast else "plain",
                    head,
                    str(seed_of(result)),
                    auto.split()[1],
                    *(f"{point:+.1f}" for point in points),
                    f"{better} : {worse}",
                    f"{paired.sign_test(better, worse):.2g}",
                ]
            )
    header = ["network", "training", "model", "seed", "radius", "clean"]
    header += ["PGD-20", "AutoAttack", "images won and lost", "p"]
    note = (
        "Points of accuracy above the baseline of the same network, training "
        "and seed. The last columns count the images of AutoAttack that only "
        "the one or only the other withstands, with the two-sided sign test."
    )
    return f"{Table(header, rows).to_markdown()}\n\n{note}"


def steps(folder):
    """What a training step and a gradient of an attack take."""
    record = result_files.read(pathlib.Path(folder) / "study.json")
    seconds = record["figures"]["seconds"]
    rows = []
    for network, name in NETWORKS.items():
        plain, fast = (
            seconds[f"step {network}-{kind}"] for kind in ("plain", "fast")
        )
        rows.append(
            [
                name,
                f"{1000 * plain:.1f}",
                f"{1000 * fast:.1f}",
                f"{fast / plain:.2f}",
                f"{1000 * seconds[f'gradient {network}']:.1f}",
            ]
        )
    header = ["network", "ms per step, plain", "ms per step, FastTraining"]
    header += ["times", "ms per gradient of an attack"]
    note = "Of one process that had the GPU to itself. "
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record))}"
