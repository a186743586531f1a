"""The studies of CIFAR-10, of all images and of few."""

import functools

import numpy as np

from examples.cifar10 import summary
from examples.common.results import seed_of
from results.files import RESULTS
from results.files import load
from results.prose.words import listed
from results.prose.words import of_255
from results.prose.words import share
from results.prose.words import word_or_number


@functools.cache
def models(folder):
    """The models of a study that were trained on clean images."""
    return summary.trained_on_clean(summary.load(RESULTS / folder))


def settings_of(folder):
    """The settings that all models of a study have in common."""
    return models(folder)["baseline"][0]["settings"]


def weights(folder):
    """How many weights the baseline of a study has."""
    return models(folder)["baseline"][0]["figures"]["parameters"]


def first_drop(folder):
    """The epoch after which the learning rate falls for the first time."""
    settings = settings_of(folder)
    return settings["drops"][0] * settings["epochs"]


def radius(folder, place):
    """One of the L-infinity radii of a study, from the smallest."""
    return of_255(settings_of(folder)["radii"]["linf"][place])


def shared_seeds():
    """The seeds that all models with few images have."""
    study = models("cifar10_few").values()
    return sorted(set.intersection(*(set(map(seed_of, r)) for r in study)))


def other_seeds():
    """The seeds that only some of the models with few images have."""
    study = models("cifar10_few").values()
    every = set.union(*(set(map(seed_of, r)) for r in study))
    return sorted(every - set(shared_seeds()))


def earlier_rho():
    """What the paper's rule chose before the class means were mended."""
    earlier = load("class_means")["figures"]["cifar10_few"]
    seeds = [str(seed) for seed in shared_seeds()]
    clean = {
        float(name.removeprefix("ceb_")): np.mean(
            [figures[seed]["clean"] for seed in seeds]
        )
        for name, figures in earlier.items()
        if name.startswith("ceb_")
    }
    return max(sorted(clean), key=clean.get)


def chosen():
    """The CEB model that the paper's rule selects with few images."""
    return f"ceb_{summary.selected_rho(models('cifar10_few')):g}"


def with_the_seeds_of_the_baseline():
    """The models with few images that the text compares with the baseline."""
    study = summary.jump_started(models("cifar10_few"))
    return [
        name
        for name, results in study.items()
        if name == chosen() or len(results) == len(study["baseline"])
    ]


def against_epochs(name, key):
    """{epoch: mean over seeds} of a model with few images, in the test."""
    results = models("cifar10_few")[name]
    epochs = summary.against_epochs(results[0], key)[0]
    values = summary.mean(results, lambda r: summary.against_epochs(r, key)[1])
    return dict(zip(epochs, values, strict=True))


def ahead_until():
    """The epoch up to which the baseline is ahead of all others in the test."""
    names = with_the_seeds_of_the_baseline()
    rows = {name: against_epochs(name, "val_accuracy") for name in names}
    baseline = rows.pop("baseline")
    last = 0
    for epoch, accuracy in baseline.items():
        if any(accuracy <= row[epoch] for row in rows.values()):
            break
        last = epoch
    return last


def hyz(name, epoch=None):
    """-log c(y|z) in the test, by default after the last epoch."""
    row = against_epochs(name, "val_hyz")
    return f"{row[epoch or max(row)]:.2f}"


def autoattack_of_pgd(folder):
    """The largest share of what PGD-20 leaves that AutoAttack leaves."""
    shares = []
    for results in summary.jump_started(models(folder)).values():
        for result in results:
            pgd = dict(zip(*summary.curve(result, "linf"), strict=True))
            for eps, accuracy in summary.autoattack(result).items():
                shares.append(accuracy / pgd[eps])
    return max(shares)


def _of_study(name, folder):
    """Figures that both CIFAR-10 studies have."""
    return {
        f"{name}.epochs": lambda: word_or_number(settings_of(folder)["epochs"]),
        f"{name}.small_radius": lambda: radius(folder, 1),
        f"{name}.middle_radius": lambda: radius(folder, 2),
        f"{name}.large_radius": lambda: radius(folder, 3),
    }


FIGURES = {
    **_of_study("few", "cifar10_few"),
    "few.attacked": lambda: f"{settings_of('cifar10_few')['images']:,}",
    "few.weights": lambda: f"{round(weights('cifar10_few'), -5):,}",
    "few.images": lambda: f"{settings_of('cifar10_few')['train_images']:,}",
    "few.anneal_epochs": lambda: (
        f"{settings_of('cifar10_few')['anneal_epochs']:g}"
    ),
    "few.drop_epoch": lambda: f"{first_drop('cifar10_few'):g}",
    "few.memorised": lambda: share(
        summary.mean(
            models("cifar10_few")["baseline"],
            lambda r: r["figures"]["epochs"][-1]["accuracy"],
        )
    ),
    "few.seeds": lambda: listed(shared_seeds()),
    "few.other_seeds": lambda: listed(other_seeds()),
    "few.rho": lambda: f"{summary.selected_rho(models('cifar10_few')):g}",
    "few.earlier_rho": lambda: f"{earlier_rho():g}",
    "few.ahead_until": lambda: str(ahead_until()),
    "few.hyz_then": lambda: hyz("baseline", ahead_until()),
    "few.hyz_baseline": lambda: hyz("baseline"),
    "few.hyz_ceb": lambda: hyz(chosen()),
    "few.hyz_ceb_then": lambda: hyz(chosen(), ahead_until()),
    "few.plain_rho": lambda: (
        f"{summary.rho_of(models('cifar10_few')['plain_1']):g}"
    ),
    **_of_study("all", "cifar10"),
    "all.autoattack_of_pgd": lambda: share(autoattack_of_pgd("cifar10")),
    "all.l2_radius": lambda: f"{settings_of('cifar10')['radii']['l2'][3]:g}",
}
