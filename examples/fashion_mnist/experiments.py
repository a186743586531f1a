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

from examples.common import heads
from examples.common.catalog import Catalog
from examples.common.measures import Evaluation

RHOS = (0, 1, 2, 3, 4, 5)
EXPERIMENTS = heads.experiments(RHOS)
# What the rule selects from.
SWEEP = tuple(f"ceb_{rho}" for rho in RHOS)
SEEDS = (0, 1, 2)

main_rows = heads.main_rows


def may_be_main(name):
    """Whether a model is a main row at some rho."""
    return any(name in main_rows(rho) for rho in RHOS)


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
    validation_freq: int = 1
    evaluation: Evaluation = Evaluation(
        images=500,
        batch_size=250,
        linf=(0.01, 0.02, 0.05, 0.1, 0.15),
        autoattack=(0.02, 0.1),
        l2=0.25,
    )


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
        evaluation=Evaluation(
            images=16,
            batch_size=16,
            linf=(0.1,),
            autoattack=(0.1,),
            l2=0.5,
            corruptions=("brightness",),
            audit=False,
            stand_in=True,
        ),
    ),
}


CATALOG = Catalog(EXPERIMENTS, PRESETS)
experiment, preset = CATALOG.experiment, CATALOG.preset
