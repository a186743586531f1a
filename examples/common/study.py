"""Reads the result files of a study for its figures and tables."""

import pathlib

import numpy as np

from examples.common import provenance
from examples.common import results as result_files
from examples.common.results import seed_of

# Since then the class means of CEB get their whole gradient on TensorFlow.
CLASS_MEANS = "45ae751"


def files_of(folder):
    """The result files of the models in a folder, in order."""
    return sorted(pathlib.Path(folder).glob("*-seed*.json"))


def load(folder, experiments):
    """The results in a folder: {experiment: [result of each seed]}.

    Args:
        folder: Path.
        experiments: Names, in the order of the result.

    Raises:
        ValueError: If there are none, they are of different presets, or one
            was trained before the class means were mended.
    """
    results = {file: result_files.read(file) for file in files_of(folder)}
    presets = sorted({r["settings"]["preset"] for r in results.values()})
    if len(presets) != 1:
        raise ValueError(
            "`results` must hold the results of one preset. Received: "
            f"{str(folder)!r} with {', '.join(presets) or 'no result'}"
        )
    for file, result in results.items():
        _check_version(file, result)
    found = {}
    for name in experiments:
        rows = [
            r for r in results.values() if r["settings"]["experiment"] == name
        ]
        if rows:
            found[name] = sorted(rows, key=seed_of)
    return found


def _check_version(file, result):
    for run in result["provenance"]:
        if provenance.contains(run["commit"], CLASS_MEANS) is False:
            raise ValueError(
                "`results` must be of a version whose class means get their "
                f"whole gradient, from commit {CLASS_MEANS} on: train this "
                f"model again. Received: {str(file)!r} of commit "
                f"{run['commit'][:7]}"
            )


def measure(result, name):
    """The figures of a measure, `None` if it was not measured."""
    return result["figures"]["measures"].get(name)


def accuracy(result, name):
    """Accuracy in a measure, such as `"autoattack linf 0.1"`."""
    return measure(result, name)["accuracy"]


def autoattacks(rows):
    """The names of the measures that are AutoAttack, in order.

    Args:
        rows: {experiment: results}.
    """
    names = dict.fromkeys(
        name
        for results in rows.values()
        for result in results
        for name in result["figures"]["measures"]
        if name.startswith("autoattack")
    )

    def place(name):
        _, norm, eps = name.split()
        return norm != "linf", float(eps)

    return sorted(names, key=place)


def pgd_of(autoattack):
    """The measure by PGD-20 in the ball of one by AutoAttack."""
    return autoattack.replace("autoattack", "pgd")


def curve(result):
    """Radii and accuracy under PGD-20, L-infinity, from 0."""
    found = {}
    for name, figures in result["figures"]["measures"].items():
        if name.startswith("pgd linf"):
            found[0.0] = figures["clean"]
            found[figures["eps"]] = figures["accuracy"]
    radii = sorted(found)
    return radii, [found[eps] for eps in radii]


def mean(results, function):
    """The mean of a figure over the seeds."""
    return np.mean([function(result) for result in results], axis=0)


def of_shared_seeds(*models):
    """The results of each model, in order, of the seeds that all have.

    Args:
        *models: The results of each model.
    """
    found = [{seed_of(r): r for r in results} for results in models]
    seeds = sorted(set.intersection(*map(set, found)))
    return [[results[seed] for seed in seeds] for results in found]


def cpu_minutes(result):
    """Processor time of a model's training and of its measurement."""
    figures = result["figures"]
    parts = figures["epochs"], figures["measures"].values()
    return [sum(row["cpu_seconds"] for row in part) / 60 for part in parts]


def on_processor(results):
    """Those of the results that no GPU and no TPU had a part in."""
    return [
        result
        for result in results
        if all(run["hardware"].endswith("no GPU") for run in _runs(result))
    ]


def cost(rows):
    """The processor time of all models and where they ran, in words.

    Models that a GPU or a TPU had a part in are counted beside it: what a core
    does for them says nothing.

    Args:
        rows: {experiment: results}.
    """
    results = sum(rows.values(), [])
    ours = on_processor(results)
    hours = sum(sum(cpu_minutes(result)) for result in ours) / 60
    others = [result for result in results if result not in ours]
    parts = []
    if ours:
        parts.append(f"{hours:.1f} core-hours on {_hardware(*ours)}")
    if others:
        count = f"{len(others)} model{'s' * (len(others) > 1)}"
        parts.append(f"{count} ran on {_hardware(*others)}")
    return "; ".join(parts)


def _hardware(*results):
    """The names of the machines that results come from."""
    return " and ".join(sorted({run["hardware"] for run in _runs(*results)}))


def _runs(*results):
    return [run for result in results for run in result["provenance"]]
