"""The models of the fast CIFAR-10 study by name, and their sizes.

Networks made to classify nine of ten test images after less than an hour of
one core: with BatchNorm, as all such recipes of the literature, and, behind
`normfree_`, without. Label smoothing, which those recipes have, is a row of its
own. Radii are in the units of the input, pixels from 0 to 1.
"""

import dataclasses

from examples.common import heads
from examples.common.catalog import Catalog
from examples.common.measures import Evaluation

RHOS = (1, 2, 3, 4)
NORM_FREE = "normfree_"
# Of models that are trained in the same way.
PREFIXES = (f"{NORM_FREE}fast_", NORM_FREE, "fast_")


@dataclasses.dataclass(frozen=True)
class Experiment(heads.Experiment):
    """One model of the study."""

    # Of the activations, or None.
    norm: str | None = "batch"


def _experiments():
    found = {}
    for prefix, norm in (("", "batch"), (NORM_FREE, None)):
        for name, head in heads.experiments(RHOS).items():
            found[prefix + name] = Experiment(
                **dataclasses.asdict(head), norm=norm
            )
    return found


EXPERIMENTS = _experiments()
# In the order in which they run: the study is of use early.
ROWS = (
    ("baseline", 0),
    ("ceb_3", 0),
    ("cceb_3", 0),
    ("ceb_1", 0),
    ("smoothed", 0),
    ("normfree_baseline", 0),
    ("normfree_ceb_3", 0),
)


@dataclasses.dataclass(frozen=True)
class Preset:
    """How large, how long, and measured on how much."""

    # Channels of the groups of two convolutions.
    channels: tuple[int, ...] = (64, 256, 256)
    # Training, on the first images of the training set or on all.
    train_images: int | None = None
    epochs: int = 10
    batch_size: int = 250
    # Adam; the rate rises to its highest until `peak`, a share of the epochs.
    learning_rate: float = 1e-2
    peak: float = 0.2
    # Pixels by which a training image moves at most; it is flipped, too.
    shift: int = 2
    # Pixels per side of the square that covers a part of it, or None.
    cutout: int | None = None
    # The jump-start: rho falls from 100 to 10, then waits, then to the target.
    warmup_epochs: float = 1.0
    anneal_epochs: float = 5.0
    # Adversarial training, L-infinity. Steps are those of PGD and TRADES.
    train_eps: float = 8 / 255
    train_steps: int = 5
    validation_freq: int = 1
    evaluation: Evaluation = Evaluation(
        images=300,
        batch_size=100,
        linf=(0.5 / 255, 1 / 255, 2 / 255, 8 / 255),
        autoattack=(0.5 / 255, 1 / 255, 8 / 255),
        version="fast",
    )


PRESETS = {
    "fast": Preset(),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Preset(
        channels=(2, 2),
        epochs=1,
        batch_size=16,
        warmup_epochs=0.5,
        anneal_epochs=0.5,
        train_steps=1,
        evaluation=Evaluation(
            images=16,
            batch_size=16,
            linf=(1 / 255,),
            autoattack=(1 / 255,),
            corruptions=("brightness",),
            audit=False,
            stand_in=True,
        ),
    ),
}


CATALOG = Catalog(EXPERIMENTS, PRESETS)
experiment, preset = CATALOG.experiment, CATALOG.preset
