"""Estimates the time of training and evaluation from measurements."""

import math

from examples.common import workdir

# Steps of AutoAttack, in gradients, on an image that withstands all of it:
# APGD, nine targets of APGD and of FAB, 100 steps each, and 5000 queries of
# Square, each about 0.4 of a gradient.
AUTOATTACK_STEPS = 100 + 9 * 100 + 9 * 100 + 0.4 * 5000
# What is taken for the share of images that stand.
STANDING = 0.5


class Costs:
    """Seconds by name, in a file that all processes of a study share."""

    def __init__(self, folder):
        self.file = folder / "costs.json"

    def all(self):
        try:
            return workdir.read(self.file)["seconds"]
        except FileNotFoundError:
            return {}

    def add(self, **seconds):
        workdir.write(self.file, {"seconds": {**self.all(), **seconds}})


def predicted(row, settings, costs, epochs, steps, test_images):
    """Seconds that a model takes, by itself.

    Args:
        row: A `Row`.
        settings: `Settings`.
        costs: What `Costs.all` returned, with the step of the row's kind.
        epochs: How long it trains.
        steps: Per epoch.
        test_images: Their number.
    """
    step = costs[f"step {row.kind}"]
    train = costs[f"compile {row.kind}"] + epochs * steps * step
    training = "fast" if row.fast else "plain"
    gradient = costs[f"gradient {row.network}"]
    batches = math.ceil(test_images / settings.attack_batch)
    pgd = 20 * batches * gradient * len(settings.pgd[training])
    standing = math.ceil(STANDING * settings.images / settings.attack_batch)
    # At other radii than the smallest, plain models fall at once.
    attack = AUTOATTACK_STEPS * standing * gradient
    attack = costs.get(f"autoattack {row.kind}", attack)
    return train + pgd + attack


def longest(settings, costs, steps, test_images, seconds):
    """The most epochs at which all models of the core fit into the time.

    The fewest there are, if none fits.
    """
    networks = {row.network for row in settings.core}
    seconds = seconds - sum(costs[f"compile attack {n}"] for n in networks)
    for epochs in settings.epochs:
        total = sum(
            predicted(row, settings, costs, epochs, steps, test_images)
            for row in settings.core
        )
        if total <= seconds:
            return epochs
    return settings.epochs[-1]
