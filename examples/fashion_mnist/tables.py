"""The tables of the Fashion-MNIST study."""

import numpy as np

from examples.common import paired
from examples.common.results import run_of
from examples.common.results import seed_of
from examples.common.tables import origin
from examples.common.tables import spread
from examples.fashion_mnist import experiments
from examples.fashion_mnist import summary
from keras_ceb.robustness import Table

_SEEDS = len(experiments.SEEDS)


def _seeds(name, results, main):
    """How many seeds a row has, and of how many where some are missing."""
    count = len(results)
    if name in main and count < _SEEDS:
        return f"{count} of {_SEEDS}"
    return str(count)


def _cell(values):
    """Mean and range, or the one value there is."""
    values = [value for value in values if value is not None]
    if not values:
        return ""
    return spread(values) if len(values) > 1 else f"{values[0]:.3f}"


def _title(measure):
    attack, norm, eps = measure.split()
    titles = {"autoattack": "AutoAttack", "pgd": "PGD-20"}
    return f"{titles[attack]} {norm} {eps}"


def _accuracies(results, name):
    found = [summary.measure(result, name) for result in results]
    return [figures and figures["accuracy"] for figures in found]


def _flags(results):
    flags = set()
    for result in results:
        audit = summary.measure(result, "audit") or {"checks": []}
        flags |= {c["name"] for c in audit["checks"] if c["flagged"]}
    return "; ".join(sorted(flags)) or "none"


def _robustness(study, rows):
    """Accuracy of some rows, clean and under attack."""
    main = summary.main_rows(study)
    attacks = summary.autoattacks(rows)
    body = []
    for name, results in rows.items():
        cells = [name, _seeds(name, results, main)]
        cells.append(_cell(_accuracies(results, "clean")))
        for attack in attacks:
            cells.append(_cell(_accuracies(results, attack)))
            pgd = _accuracies(results, summary.pgd_of(attack))
            pgd = [value for value in pgd if value is not None]
            cells.append(f"{np.mean(pgd):.3f}" if pgd else "")
        body.append([*cells, _flags(results)])
    header = ["model", "seeds", "clean"]
    for attack in attacks:
        header += [_title(attack), _title(summary.pgd_of(attack))]
    return Table([*header, "audit flags"], body).to_markdown()


def main(folder):
    """The main rows: accuracy, clean and under attack."""
    study = summary.load(folder)
    rows = summary.main_rows(study)
    return f"{_robustness(study, rows)}\n\n{_note(study, rows)}"


def further(folder):
    """The rows with one seed: accuracy, clean and under attack."""
    study = summary.load(folder)
    rows = summary.further_rows(study)
    if not rows:
        return "Not measured yet."
    return _robustness(study, rows)


def _note(study, rows):
    results = sum(rows.values(), [])
    settings, figures = results[0]["settings"], results[0]["figures"]
    images = next(
        f["images"] for n, f in figures["measures"].items() if "auto" in n
    )
    rho = summary.selected_rho(study)
    rule = (
        "The models over rho are not all measured: nothing is selected yet."
        if rho is None
        else f"The paper's rule, on seed {experiments.SEEDS[0]}, selects "
        f"rho = {rho:g}."
    )
    hours = sum(cpu_seconds(result) for result in sum(study.values(), []))
    runs = [run_of(result, "training") for result in results]
    hardware = "; ".join(sorted({run["hardware"] for run in runs}))
    return (
        f"A network without normalization of {settings['macs'] / 1e6:.2f} "
        f"million multiplications per image and {figures['parameters']:,} "
        f"weights, {settings['epochs']} epochs; rows named fast are trained "
        f"with `FastTraining` at {settings['train_eps']:g}. Means over the "
        f"seeds, with the range; clean on all "
        f"{figures['measures']['clean']['images']:,} test images, the rest on "
        f"the first {images:,}. {rule} The study cost {hours / 3600:.1f} "
        f"core-hours so far, on {hardware}. The files hold the command, "
        f"commit and time of each; the first of them: {origin(runs[0])}"
    )


def cpu_seconds(result):
    """Processor time of a model's training and measurement."""
    figures = result["figures"]
    return sum(
        part["cpu_seconds"]
        for part in (*figures["epochs"], *figures["measures"].values())
    )


def calibration(folder):
    """The main rows: calibration, corruptions, residual information."""
    study = summary.load(folder)
    rows = summary.main_rows(study)
    body = []
    for name, results in rows.items():
        clean = [summary.measure(result, "clean") for result in results]
        cells = [name, _seeds(name, results, rows)]
        for key in ("ece", "scaled_ece", "nll", "scaled_nll"):
            cells.append(_cell([figures[key] for figures in clean]))
        temperatures = [t for f in clean for t in f["temperatures"]]
        cells.append(f"{np.mean(temperatures):.2f}")
        corrupted = [summary.measure(r, "corruptions") for r in results]
        cells.append(_cell([c and c["average"] for c in corrupted]))
        nats = [figures["rex"] for figures in clean if "rex" in figures]
        cells.append(f"{np.mean(nats):.2f}" if nats else "infinite")
        body.append(cells)
    header = ["model", "seeds", "ECE", "ECE, scaled", "NLL", "NLL, scaled"]
    header += ["temperature", "corruption error", "residual information, nats"]
    note = (
        "On all test images, but for the corruptions: those of CIFAR-10-C in "
        "style, made here, on the first images. Scaled: the logits are "
        "divided by the temperature that suits the other half of the test "
        "set best."
    )
    return f"{Table(header, body).to_markdown()}\n\n{note}"


def outside(folder):
    """The main rows: how well each score finds other images."""
    study = summary.load(folder)
    body, sets = [], []
    for name, results in summary.main_rows(study).items():
        found = [summary.measure(result, "ood") for result in results]
        found = [figures["sets"] for figures in found if figures]
        if not found:
            continue
        sets = list(found[0])
        for score in found[0][sets[0]]:
            cells = [
                _cell([figures[which][score]["auroc"] for figures in found])
                for which in sets
            ]
            body.append([name, score, *cells])
    if not body:
        return "Not measured yet."
    note = (
        "AUROC: the probability that an image of the other set has a larger "
        "score than one of the test set, with the range over the seeds; a "
        "half is chance. Residual information is that of the predicted class, "
        "marginal the negative log-density of the marginal over all classes."
    )
    header = ["model", "score", *sets]
    return f"{Table(header, body).to_markdown()}\n\n{note}"


def against(study, name, other):
    """How far a model is ahead of another one, in each measure.

    Args:
        study: What `summary.load` returned.
        name: Of the model.
        other: Of the other one.

    Returns:
        {measure: (difference, p over images, p over seeds)}; `None` for the
        last where there is one seed alone.
    """
    ours, theirs = (
        {seed_of(result): result for result in study[row]}
        for row in (name, other)
    )
    seeds = sorted(ours.keys() & theirs.keys())
    found = {}
    for measure in ("clean", *summary.autoattacks({name: study[name]})):
        key = "right" if measure == "clean" else "stands"
        pairs = [
            tuple(
                paired.flags_of(summary.measure(rows[seed], measure)[key])
                for rows in (ours, theirs)
            )
            for seed in seeds
            if summary.measure(theirs[seed], measure)
        ]
        if not pairs:
            continue
        difference, p_images = paired.over_images(pairs)
        p_seeds = None
        if len(pairs) > 1:
            p_seeds = paired.over_seeds(
                [ours_.mean() - theirs_.mean() for ours_, theirs_ in pairs]
            )
        found[measure] = difference, p_images, p_seeds
    return found


def tests(folder):
    """CEB against the models without it, of the same training."""
    study = summary.load(folder)
    rows = summary.main_rows(study)
    body = []
    for name in rows:
        prefix = "fast_" if name.startswith("fast_") else ""
        for other in (f"{prefix}baseline", f"{prefix}smoothed"):
            if "ceb" not in name or other not in rows:
                continue
            for measure, found in against(study, name, other).items():
                difference, p_images, p_seeds = found
                body.append(
                    [
                        name,
                        other,
                        "clean" if measure == "clean" else _title(measure),
                        f"{100 * difference:+.2f}",
                        f"{p_images:.2g}",
                        "" if p_seeds is None else f"{p_seeds:.2g}",
                    ]
                )
    if not body:
        return "Not measured yet."
    header = ["model", "against", "measure", "points ahead"]
    header += ["p over images", "p over seeds"]
    note = (
        "Over the seeds that both have. Over images: a test of the signs of "
        "each image's difference, summed over the seeds. Over seeds: "
        "Student's paired test, which with so few seeds finds large "
        "differences alone. No correction for the number of tests."
    )
    return f"{Table(header, body).to_markdown()}\n\n{note}"
