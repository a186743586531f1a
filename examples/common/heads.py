"""The heads and trainings that the studies compare, by name.

`baseline`, cross-entropy, `smoothed`, the same with label smoothing, and
`dropout`; `ceb_3`, `cceb_3` and `vib_3`, CEB with the linear and with the
consistent classifier and VIB, at that rho. Behind `fast_`, `pgd_` or `trades_`
the same, trained against that adversary.
"""

import dataclasses

import keras_ceb
from keras_ceb import schedules

ADVERSARIES = {"": None, "fast_": "fast", "pgd_": "madry", "trades_": "trades"}


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One model of a study."""

    objective: str = "ceb"
    rho: float | None = None
    classifier: str = "linear"
    # Share of the target's probability that goes to all classes alike.
    smoothing: float = 0.0
    # Share of the features that are dropped.
    dropout: float = 0.0
    # Name in adversaries.py; None trains on clean images.
    adversary: str | None = None


def experiments(rhos):
    """All models over these values of rho, {name: Experiment}."""
    heads = {
        "baseline": {"objective": "xent"},
        "smoothed": {"objective": "xent", "smoothing": 0.1},
        "dropout": {"objective": "xent", "dropout": 0.5},
    }
    kinds = {
        "ceb": {},
        "cceb": {"classifier": "consistent"},
        "vib": {"objective": "vib"},
    }
    for kind, options in kinds.items():
        for rho in rhos:
            heads[f"{kind}_{rho:g}"] = {"rho": float(rho), **options}
    return {
        f"{prefix}{name}": Experiment(**head, adversary=adversary)
        for prefix, adversary in ADVERSARIES.items()
        for name, head in heads.items()
    }


def main_rows(rho):
    """The names of the rows that every study compares, at one rho."""
    heads = ("baseline", "smoothed", f"ceb_{rho:g}", f"cceb_{rho:g}")
    return (*heads, *(f"fast_{head}" for head in heads))


def jump_start(preset, steps_per_epoch):
    """The jump-start of a preset, a function from rho to its schedule."""
    return lambda rho: schedules.JumpStart(
        rho,
        steps_per_epoch,
        warmup_epochs=preset.warmup_epochs,
        anneal_epochs=preset.anneal_epochs,
    )


def wrap(backbone, experiment, classes, schedule, seed, name=None):
    """The model of an experiment, not compiled.

    Args:
        backbone: A Keras model.
        experiment: An `Experiment`.
        classes: Number of them.
        schedule: From rho to a schedule, of a model with a bottleneck.
        seed: Of the head.
        name: Of the model.
    """
    rho = 0.0  # Without a bottleneck there is nothing to weigh.
    if experiment.rho is not None:
        rho = schedule(experiment.rho)
    return keras_ceb.wrap(
        backbone,
        num_classes=classes,
        objective=experiment.objective,
        rho=rho,
        classifier=experiment.classifier,
        seed=seed,
        name=name,
    )
