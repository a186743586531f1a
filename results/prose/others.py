"""Figures of single result files."""

import numpy as np

from examples.common.results import run_of
from results.files import load
from results.prose.words import share
from results.prose.words import word


def choices_of(name):
    """The settings of a data set in the study of adversarial training steps."""
    return load("adversarial_choices")["settings"]["data"][name]


def choices_trained():
    """How many images of Fashion-MNIST that study trains on."""
    return load("adversarial_choices")["settings"]["fashion_mnist_trained"]


def choice_autoattack(choice, name="digits"):
    """Mean accuracy under AutoAttack of the network without BatchNorm."""
    rows = load("adversarial_choices")["figures"]["runs"]
    return np.mean(
        [
            row["autoattack"]
            for row in rows
            if (row["choice"], row["data"]) == (choice, name)
            and not row["batch_norm"]
        ]
    )


def imagenette(name):
    return load("imagenette/resnet50x2_xent-seed0")["settings"][name]


def interval(error, images):
    """Half of the 95 % interval of an error, in points."""
    return 196 * (error * (1 - error) / images) ** 0.5


def mutation_score():
    """The share of the changes that the tests notice, of those they could."""
    rows = load("mutation")["figures"].values()
    survived = sum(len(row["survived"]) for row in rows)
    possible = sum(row["changes"] - len(row["equivalent"]) for row in rows)
    return 1 - survived / possible


FIGURES = {
    "mutation.score": lambda: share(mutation_score(), 1),
    "quickstart.seeds": lambda: word(len(run_of(load("quickstart"))["seeds"])),
    "quickstart.radii": lambda: word(
        len(load("quickstart")["settings"]["radii"]["linf"])
    ),
    "choices.digits_eps": lambda: f"{choices_of('digits')['train_eps']:g}",
    "choices.fashion_eps": lambda: (
        f"{choices_of('fashion_mnist')['train_eps']:g}"
    ),
    "choices.fashion_images": lambda: f"{choices_trained():,}",
    "choices.digits_plain": lambda: share(choice_autoattack("no adversary")),
    "choices.digits_fast": lambda: share(choice_autoattack("the default")),
    "schedules.epochs": lambda: str(load("schedules")["settings"]["epochs"]),
    "corruptions.size": lambda: str(
        load("corruptions/speed_224")["settings"]["sizes"][0]
    ),
    "corruptions.other_size": lambda: str(
        load("corruptions/speed_32")["settings"]["sizes"][0]
    ),
    "imagenette.classes": lambda: word(imagenette("preset")["num_classes"]),
    "imagenette.size": lambda: str(imagenette("preset")["image_size"]),
    "imagenette.epochs": lambda: word(imagenette("preset")["epochs"]),
    "imagenette.attacked": lambda: str(
        imagenette("measurement")["attack_images"]
    ),
    "imagenette.interval": lambda: (
        f"{interval(0.7, imagenette('measurement')['attack_images']):.0f}"
    ),
}
