"""The tables of the fast CIFAR-10 study."""

from examples.cifar10_fast import experiments
from examples.common import study as study_lib
from examples.common import study_tables
from examples.common.results import run_of
from examples.common.results import seed_of
from examples.common.tables import origin
from keras_ceb.robustness import Table


def _load(folder):
    """The models, and how many seeds they should have."""
    wanted = {}
    for name, _ in experiments.ROWS:
        wanted[name] = wanted.get(name, 0) + 1
    return study_lib.load(folder, experiments.EXPERIMENTS), wanted


@study_tables.of_results
def models(folder):
    """Accuracy, clean and under attack."""
    rows, wanted = _load(folder)
    return f"{study_tables.robustness(rows, wanted)}\n\n{_note(rows)}"


def _note(rows):
    results = sum(rows.values(), [])
    settings, figures = results[0]["settings"], results[0]["figures"]
    measures = figures["measures"]
    attacked = next(f["images"] for n, f in measures.items() if "auto" in n)
    timed = study_lib.on_processor(results)
    minutes = max((study_lib.cpu_minutes(r)[0] for r in timed), default=0)
    done = {(name, seed_of(r)) for name, found in rows.items() for r in found}
    left = [name for name, seed in experiments.ROWS if (name, seed) not in done]
    missing = f"Not measured yet: {', '.join(left)}. " if left else ""
    return (
        f"{settings['macs'] / 1e6:.0f} million multiplications per image, "
        f"{figures['parameters']:,} weights, {settings['epochs']} epochs; "
        "BatchNorm, but for the rows named normfree. Clean on all "
        f"{measures['clean']['images']:,} test images, the rest on the first "
        f"{attacked:,}. At most {minutes:.0f} minutes of one core to "
        f"train a model; the study cost so far: {study_lib.cost(rows)}. "
        f"{missing}The files hold the command, commit and time of each; the "
        f"first of them: {origin(run_of(results[0], 'training'))}"
    )


@study_tables.of_results
def calibration(folder):
    """Calibration, corruptions, residual information."""
    return study_tables.calibration(*_load(folder))


@study_tables.of_results
def outside(folder):
    """How well each score finds other images."""
    return study_tables.outside(_load(folder)[0])


@study_tables.of_results
def tests(folder):
    """CEB against the models without it, of the same normalization."""
    return study_tables.tests(_load(folder)[0], experiments.PREFIXES)


@study_tables.of_results
def training(folder):
    """Accuracy on the test set after each epoch."""
    rows = _load(folder)[0]
    epochs = max(
        len(result["figures"]["epochs"])
        for results in rows.values()
        for result in results
    )
    body = []
    for name, results in rows.items():
        for result in results:
            found = result["figures"]["epochs"]
            cells = [f"{row['val_accuracy']:.3f}" for row in found]
            body.append([name, str(seed_of(result)), *cells])
    header = ["model", "seed", *(str(epoch + 1) for epoch in range(epochs))]
    return Table(header, body).to_markdown()
