"""Accuracies of models by seed, whatever study they are from."""

import dataclasses

import numpy as np

from examples.cifar10 import summary
from examples.common import paired
from examples.common.results import seed_of

# What the radii of a study are rounded to where files are compared.
CLOSE = 1e-9


@dataclasses.dataclass(frozen=True)
class Score:
    """How many of a number of images a model gets right."""

    accuracy: float
    images: int
    # Whether each is right, where the file says so.
    flags: np.ndarray | None = None


def of_measures(results, name):
    """Scores in a measure of a study that files its measures by name.

    Args:
        results: Of one model.
        name: Such as `"autoattack 8/255"`; `"corruptions"` scores the mean
            accuracy on corrupted images.

    Returns:
        `{seed: Score}` of the seeds that have it.
    """
    found = {}
    for result in results:
        figures = result["figures"]["measures"].get(name)
        if figures is None:
            continue
        if name == "corruptions":
            score = Score(1 - figures["average"], figures["num_images"])
        else:
            text = figures.get("right" if name == "clean" else "stands")
            flags = None if text is None else paired.flags_of(text)
            score = Score(figures["accuracy"], figures["images"], flags)
        found[seed_of(result)] = score
    return found


def of_reports(results, attack, norm=None, eps=None):
    """Scores in the reports of the CIFAR-10 studies on a CPU.

    Args:
        results: Of one model.
        attack: `"clean"`, `"pgd"`, `"autoattack"` or `"corruptions"`.
        norm: Of PGD.
        eps: Of an attack.

    Returns:
        `{seed: Score}` of the seeds that have it.
    """
    found = {}
    for result in results:
        report = summary.report(result)
        images = report["clean"]["num_images"]
        if attack == "clean":
            last = summary.clean_accuracy(result)
            score = Score(last, 10_000)
        elif attack == "corruptions":
            score = Score(1 - report["corruptions"]["average"], images)
        else:
            if attack == "pgd":
                radii, accuracies = summary.curve(result, norm)
                rows = zip(radii, accuracies, strict=True)
            else:
                rows = summary.autoattack(result).items()
            close = [a for radius, a in rows if abs(radius - eps) < CLOSE]
            if not close:
                continue
            score = Score(close[0], images)
        found[seed_of(result)] = score
    return found


def of_digits(record, name, measure):
    """Scores of a model of the quickstart.

    Args:
        record: Its result file.
        name: Of the model.
        measure: `"clean"`, `"autoattack"`, or the norm of the PGD that the
            table shows.
    """
    settings, found = record["settings"], {}
    for key, row in record["figures"].items():
        model, _, seed = key.rpartition(", seed ")
        if model != name:
            continue
        if measure == "autoattack":
            # Of the first seed alone.
            if "same_images" not in row:
                continue
            score = Score(
                row["same_images"]["autoattack"], settings["autoattack_size"]
            )
        elif measure == "clean":
            score = Score(row["clean"], settings["test_size"])
        else:
            place = settings["radii"][measure].index(settings["shown"][measure])
            score = Score(row[measure][place], settings["test_size"])
        found[int(seed)] = score
    return found
