"""The paper's rule for rho: the best clean accuracy, ties to the lower rho."""

import pathlib

from examples.common import training
from examples.fashion_mnist import experiments


def select(accuracies):
    """The rho that the rule selects.

    Args:
        accuracies: {rho: clean accuracy}.
    """
    # `max` keeps the first of equals.
    return max(sorted(accuracies), key=accuracies.get)


def trained_accuracies(runs):
    """Clean accuracy of the models of `SWEEP` that are trained, {rho: it}.

    Args:
        runs: Folder of the runs of a preset, `NAME/seed_0` in it.
    """
    found = {}
    for name in experiments.SWEEP:
        folder = pathlib.Path(runs) / name / f"seed_{experiments.SEEDS[0]}"
        if (folder / training.TRAINED).exists():
            figures = training.trained(folder)["figures"]
            rho = experiments.experiment(name).rho
            found[rho] = figures["epochs"][-1]["val_accuracy"]
    return found


def selected_rho(runs):
    """The rho that the rule selects, `None` until all are trained."""
    found = trained_accuracies(runs)
    return select(found) if len(found) == len(experiments.SWEEP) else None
