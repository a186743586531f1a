"""Reads the result files of the CIFAR-10 study for its figures and tables."""

import numpy as np

from examples.cifar10 import experiments
from examples.common import results as result_files
from examples.common import study as study_lib
from examples.common.results import seed_of


def load(folder):
    """The results in a folder: {experiment: [result of each seed]}.

    In the order of `experiments.py`.

    Raises:
        ValueError: If there are none, one is only half there or of another
            version, or they are of different presets.
    """
    results = [result_files.read(file) for file in study_lib.files_of(folder)]
    presets = sorted({result["settings"]["preset"] for result in results})
    if len(presets) != 1:
        raise ValueError(
            "`results` must hold the results of one preset. Received: "
            f"{str(folder)!r} with {', '.join(presets) or 'no result'}"
        )
    found = {}
    for name in (*experiments.EXPERIMENTS, *experiments.VARIANTS):
        of_name = [r for r in results if r["settings"]["experiment"] == name]
        if of_name:
            found[name] = sorted(of_name, key=seed_of)
    return found


def file_name(result):
    """The name of the file of a result in the folder of a study."""
    return f"{result['settings']['experiment']}-seed{seed_of(result)}.json"


def clean_accuracy(result):
    """Accuracy on the whole test set."""
    return result["figures"]["epochs"][-1]["val_accuracy"]


def against_epochs(result, key):
    """Epochs, from 1, whose log holds `key`, and its value in each."""
    rows = [row for row in result["figures"]["epochs"] if key in row]
    return [row["epoch"] + 1 for row in rows], [row[key] for row in rows]


def report(result):
    """What `evaluate_robustness` measured."""
    return result["figures"]["report"]


def curve(result, norm):
    """Radii, and the accuracy under PGD-20 at each."""
    rows = report(result)["curves"][norm]
    return [r["attack"]["eps"] for r in rows], [r["accuracy"] for r in rows]


def autoattack(result):
    """Accuracy under AutoAttack, by radius."""
    return {
        r["attack"]["eps"]: r["accuracy"] for r in report(result)["attacks"]
    }


def mean(results, function):
    """The mean of a figure over the seeds."""
    return np.mean([function(result) for result in results], axis=0)


def rho_of(results):
    """rho of an experiment, `None` for the baseline."""
    return results[0]["settings"]["rho"]


def jump_started(study):
    """The study without the models that show what the jump-start is for."""
    return {
        name: results
        for name, results in study.items()
        if results[0]["settings"]["jump_start"]
    }


def trained_on_clean(study):
    """The study without the models that were trained on attacked images."""
    return {
        name: results
        for name, results in study.items()
        if not results[0]["settings"].get("adversary")
    }


def trained_on_attacks(study):
    """The models of a study that were trained on attacked images."""
    clean = trained_on_clean(study)
    return {n: results for n, results in study.items() if n not in clean}


def linear_ceb(study):
    """The paper's CEB models in the study: [(rho, results)], ascending."""
    found = [
        (rho_of(results), results)
        for name, results in study.items()
        if name in experiments.EXPERIMENTS and rho_of(results) is not None
    ]
    return sorted(found, key=lambda pair: pair[0])


def selected_rho(study):
    """The paper's rule: the best clean accuracy, ties to the lower rho.

    Over the seeds that every rho has, or over all if there are none: seeds
    differ by more than neighbors in rho do.
    """
    pairs = linear_ceb(study)
    if not pairs:
        return None
    shared = set.intersection(
        *({seed_of(result) for result in results} for _, results in pairs)
    )

    def accuracy(pair):
        fair = [r for r in pair[1] if seed_of(r) in shared]
        return mean(fair or pair[1], clean_accuracy)

    # `max` keeps the first of equals.
    return max(pairs, key=accuracy)[0]
