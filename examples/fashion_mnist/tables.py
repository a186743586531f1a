"""The tables of the Fashion-MNIST study."""

import numpy as np

from examples.common import study as study_lib
from examples.common import study_tables
from examples.common.results import run_of
from examples.common.tables import origin
from examples.fashion_mnist import experiments
from examples.fashion_mnist import summary
from examples.fashion_mnist import sweep
from keras_ceb.robustness import Table


def _load(folder):
    """The study, its main rows, and how many seeds they should have."""
    study = summary.load(folder)
    rows = summary.main_rows(study)
    return study, rows, dict.fromkeys(rows, len(experiments.SEEDS))


def main(folder):
    """The main rows: accuracy, clean and under attack."""
    study, rows, wanted = _load(folder)
    return f"{study_tables.robustness(rows, wanted)}\n\n{_note(study, rows)}"


def further(folder):
    """The rows with one seed: accuracy, clean and under attack."""
    study = summary.load(folder)
    return study_tables.robustness(summary.further_rows(study), {})


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
    return (
        f"A network without normalization of {settings['macs'] / 1e6:.2f} "
        f"million multiplications per image and {figures['parameters']:,} "
        f"weights, {settings['epochs']} epochs; rows named fast are trained "
        f"with `FastTraining` at {settings['train_eps']:g}. Means over the "
        f"seeds, with the range; clean on all "
        f"{figures['measures']['clean']['images']:,} test images, the rest on "
        f"the first {images:,}. {rule} The study cost so far: "
        f"{study_lib.cost(study)}. The files hold the command, "
        "commit and time of each; the first of them: "
        f"{origin(run_of(results[0], 'training'))}"
    )


def calibration(folder):
    """The main rows: calibration, corruptions, residual information."""
    _, rows, wanted = _load(folder)
    return study_tables.calibration(rows, wanted)


def outside(folder):
    """The main rows: how well each score finds other images."""
    return study_tables.outside(_load(folder)[1])


def tests(folder):
    """CEB against the models without it, of the same training."""
    return study_tables.tests(_load(folder)[1])


TRAININGS = {
    None: "plain",
    "fast": "`FastTraining`",
    "madry": "`PGDTraining`",
    "trades": "`TRADES`",
}


def plan(folder):
    """What the study takes: its models by training, and what they cost.

    A training of which no model is measured has no cost yet, nor has one of
    which all were on a GPU.
    """
    study = summary.load(folder)
    rho = summary.selected_rho(study)
    # Which rho it is does not change how many models there are.
    wanted = sweep.rows(experiments.RHOS[0] if rho is None else rho)
    results = sum(study.values(), [])
    body, total, whole = [], 0.0, True
    for adversary, title in TRAININGS.items():
        count = sum(
            experiments.experiment(name).adversary == adversary
            for name, _ in wanted
        )
        done = [r for r in results if r["settings"]["adversary"] == adversary]
        cells = [title, str(count), str(len(done))]
        timed = study_lib.on_processor(done)
        if timed:
            minutes = np.mean([study_lib.cpu_minutes(r) for r in timed], axis=0)
            total += count * minutes.sum() / 60
            cells += [f"{value:.1f}" for value in minutes]
        else:
            whole = False
            cells += ["", ""]
        body.append(cells)
    header = ["training", "models", "measured", "minutes to train"]
    header += ["minutes to measure"]
    note = (
        f"Of one core, per model. At this cost the study takes {total:.1f} "
        "core-hours"
        + ("." if whole else ", without the trainings that have no cost yet.")
    )
    return f"{Table(header, body).to_markdown()}\n\n{note}"
