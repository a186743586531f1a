"""The tables of the transfer study."""

from examples.common import results as result_files
from examples.common import study as study_lib
from examples.common import study_tables
from examples.common.results import run_of
from examples.common.tables import origin
from examples.transfer import experiments
from keras_ceb.robustness import Table


def _load(folder):
    """The models of one preset, and how many seeds they should have."""
    rows = study_lib.load(folder, experiments.EXPERIMENTS)
    preset = next(iter(rows.values()))[0]["settings"]["preset"]
    wanted = {}
    for name, _ in experiments.rows(preset):
        wanted[name] = wanted.get(name, 0) + 1
    return rows, wanted


@study_tables.of_results
def models(folder):
    """Accuracy, clean and under attack."""
    rows, wanted = _load(folder)
    return f"{study_tables.robustness(rows, wanted)}\n\n{_note(rows)}"


def _note(rows):
    results = sum(rows.values(), [])
    settings, figures = results[0]["settings"], results[0]["figures"]
    count = settings["train_images"]
    images = f"{count:,} images" if count else "all images"
    attacked = next(
        f["images"] for n, f in figures["measures"].items() if "auto" in n
    )
    return (
        f"EfficientNet-Lite0 ({figures['parameters']:,} weights), "
        f"{settings['epochs']} epochs on {images} of Imagenette, enlarged to "
        f"{settings['size']} pixels; rows named fast are trained with "
        f"`FastTraining` at {255 * settings['train_eps']:g}/255. Means over "
        "the seeds, with the range; clean on all "
        f"{figures['measures']['clean']['images']:,} test images, the rest on "
        f"{attacked:,} of them. Cost so far: {study_lib.cost(rows)}. The "
        "files hold the command, commit and time of each; the first of them: "
        f"{origin(run_of(results[0], 'training'))}"
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
    """CEB against the models without it, of the same training."""
    return study_tables.tests(_load(folder)[0])


def zero_shot(file):
    """Answers of the pretrained network before any training.

    Args:
        file: What `zero_shot.py` wrote.
    """
    record = result_files.read(file)
    rows = [
        [size, *(f"{found[key]:.3f}" for key in ("all", "ten"))]
        for size, found in record["figures"].items()
    ]
    header = ["enlarged to, pixels", "of all 1000 classes", "of the ten"]
    note = (
        f"Accuracy on {record['settings']['images']:,} photographs of the "
        "validation set, bicubic from 96 pixels. "
    )
    table = Table(header, rows).to_markdown()
    return f"{table}\n\n{note}{origin(run_of(record, 'measurement'))}"
