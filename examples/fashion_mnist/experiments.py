"""The models of the Fashion-MNIST study by name, and the sizes they run at.

Main rows, three seeds: cross-entropy, the same with label smoothing, CEB at
the rho that the paper's rule selects from `SWEEP`, and the consistent
classifier at that rho; each trained plainly, and with `FastTraining`.

Further rows, one seed: CEB over rho, VIB, cross-entropy with dropout, and
`PGDTraining` and `TRADES` with and without CEB.

Radii are in the units of the input, pixels from 0 to 1.

Reference: Fischer (2020), "The conditional entropy bottleneck", whose data set
it is; Fischer and Alemi (2020) for the models and the rule.
"""

import dataclasses

from examples.common import names

RHOS = (0, 1, 2, 3, 4, 5)


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One model of the study."""

    objective: str = "ceb"
    rho: float | None = None
    classifier: str = "linear"
    # Share of the target's probability that goes to all classes alike.
    smoothing: float = 0.0
    # Share of the features that are dropped.
    dropout: float = 0.0
    # Name in common/adversaries.py; None trains on clean images.
    adversary: str | None = None


def _models(adversary=None, prefix=""):
    """The models that are trained against one adversary, by name."""
    heads = {
        "baseline": {"objective": "xent"},
        "smoothed": {"objective": "xent", "smoothing": 0.1},
        "dropout": {"objective": "xent", "dropout": 0.5},
        **{f"ceb_{rho}": {"rho": float(rho)} for rho in RHOS},
        **{
            f"cceb_{rho}": {"rho": float(rho), "classifier": "consistent"}
            for rho in RHOS
        },
        **{
            f"vib_{rho}": {"rho": float(rho), "objective": "vib"}
            for rho in RHOS
        },
    }
    return {
        f"{prefix}{name}": Experiment(**head, adversary=adversary)
        for name, head in heads.items()
    }


EXPERIMENTS = {
    **_models(),
    **_models("fast", "fast_"),
    **_models("madry", "pgd_"),
    **_models("trades", "trades_"),
}
# What the rule selects from.
SWEEP = tuple(f"ceb_{rho}" for rho in RHOS)
SEEDS = (0, 1, 2)


def main_rows(rho):
    """The names of the rows with three seeds."""
    heads = ("baseline", "smoothed", f"ceb_{rho:g}", f"cceb_{rho:g}")
    return (*heads, *(f"fast_{head}" for head in heads))


def may_be_main(experiment):
    """Whether a model is a main row at the rho of one or the other rule."""
    return (
        experiment.adversary in (None, "fast")
        and experiment.objective != "vib"
        and not experiment.dropout
    )


def further_rows(rho):
    """The names of the rows with one seed that are no main rows."""
    names_ = (*SWEEP, f"vib_{rho:g}", "dropout")
    names_ += tuple(
        f"{adversary}_{head}"
        for adversary in ("pgd", "trades")
        for head in ("baseline", f"ceb_{rho:g}")
    )
    return tuple(name for name in names_ if name not in main_rows(rho))


@dataclasses.dataclass(frozen=True)
class Preset:
    """How large, how long, and measured on how much."""

    # Channels of the four convolutions, and features that they become.
    channels: tuple[int, ...] = (16, 32, 64, 64)
    features: int = 128
    # Training, on the first images of the training set or on all.
    train_images: int | None = None
    test_images: int | None = None
    epochs: int = 20
    batch_size: int = 128
    # Adam; the rate rises to its highest until `peak`, a share of the epochs.
    learning_rate: float = 2e-3
    peak: float = 0.25
    # Pixels by which a training image moves at most; it is flipped, too.
    shift: int = 2
    # The jump-start: rho falls from 100 to 10, then waits, then to the target.
    warmup_epochs: float = 1.0
    anneal_epochs: float = 10.0
    # Adversarial training, L-infinity. Steps are those of PGD and TRADES.
    train_eps: float = 0.1
    train_steps: int = 5
    # Evaluation: calibration on the whole test set, the rest on its first
    # images. AutoAttack at a radius where plain models still stand, and at
    # that of the adversarial training; in L2 the main rows alone.
    images: int = 500
    attack_batch: int = 250
    linf: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.15)
    autoattack: tuple[float, ...] = (0.02, 0.1)
    l2: float = 0.5
    corruptions: str | tuple[str, ...] = "cifar10-c"
    audit: bool = True
    # Whether a short PGD takes the place of each attack: in a test.
    stand_in: bool = False


PRESETS = {
    "full": Preset(),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Preset(
        channels=(2, 2, 2, 2),
        features=8,
        epochs=1,
        batch_size=16,
        warmup_epochs=0.5,
        anneal_epochs=0.5,
        train_steps=1,
        images=16,
        attack_batch=16,
        linf=(0.1,),
        autoattack=(0.1,),
        corruptions=("brightness",),
        audit=False,
        stand_in=True,
    ),
}


def experiment(name):
    """The experiment of that name.

    Raises:
        ValueError: If there is none.
    """
    return names.find("experiment", name, EXPERIMENTS)


def preset(name):
    """The preset of that name.

    Raises:
        ValueError: If there is none.
    """
    return names.find("preset", name, PRESETS)


# What a trained model does not depend on.
_MEASURED = (
    "images",
    "attack_batch",
    "linf",
    "autoattack",
    "l2",
    "corruptions",
    "audit",
    "stand_in",
)


def settings(name, preset_name):
    """What the training of an experiment depends on, for its result file."""
    found = {
        "experiment": name,
        "preset": preset_name,
        **dataclasses.asdict(experiment(name)),
        **dataclasses.asdict(preset(preset_name)),
    }
    return {k: v for k, v in found.items() if k not in _MEASURED}
