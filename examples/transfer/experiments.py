"""The models of the transfer study by name, and the sizes they run at.

EfficientNet-Lite0, pretrained on ImageNet, fine-tuned on Imagenette, ten
classes of ImageNet in photographs of 96 pixels: cross-entropy, the same with
label smoothing, CEB and the consistent classifier; cross-entropy and CEB also
with `FastTraining`. Radii are in the units of the input, pixels from 0 to 1.
"""

import dataclasses

from examples.common import heads
from examples.common.catalog import Catalog
from examples.common.measures import Evaluation

RHOS = (1, 2, 3, 4)
EXPERIMENTS = heads.experiments(RHOS)
# What `wrap` takes if it is not told.
RHO = 3
SEEDS = (0, 1, 2)
# Of Imagenette's classes among ImageNet's, in the order of their folders.
IMAGENET_CLASSES = (0, 217, 482, 491, 497, 566, 569, 571, 574, 701)


@dataclasses.dataclass(frozen=True)
class Preset:
    """How large, how long, and measured on how much."""

    # Seeds of the plainly trained rows; the others have the first.
    seeds: tuple[int, ...]
    # Training, on so many images, evenly over the classes, or on all.
    train_images: int | None
    epochs: int
    # The jump-start: rho falls from 100 to 10, then waits, then to the target.
    warmup_epochs: float
    anneal_epochs: float
    # Pixels per side of the files, and to which the network enlarges them.
    image_size: int = 96
    size: int = 128
    # Of the network; None for those of EfficientNet-Lite0.
    groups: tuple[tuple[int, ...], ...] | None = None
    stem: int = 32
    head: int = 1280
    # Whether it starts from random weights: in a test.
    random_weights: bool = False
    test_images: int | None = None
    batch_size: int = 50
    # SGD with momentum; the rate rises to its highest until `peak`.
    learning_rate: float = 0.01
    momentum: float = 0.9
    clipnorm: float = 1.0
    peak: float = 0.2
    # Pixels by which a training image moves at most; it is flipped, too.
    shift: int = 8
    train_eps: float = 1 / 255
    validation_freq: int = 1
    evaluation: Evaluation = Evaluation(
        images=200,
        batch_size=50,
        linf=(0.25 / 255, 0.5 / 255, 1 / 255, 2 / 255),
        autoattack=(0.25 / 255, 0.5 / 255, 1 / 255),
        version="fast",
        corruptions="imagenet-c",
        # Its long attacks would take as long as all else.
        audit=False,
    )


PRESETS = {
    # Few photographs, as most who fine-tune have.
    "few": Preset(
        seeds=SEEDS,
        train_images=1000,
        epochs=20,
        # The test set is four times as large.
        validation_freq=10,
        warmup_epochs=1.0,
        anneal_epochs=10.0,
    ),
    "all": Preset(
        seeds=SEEDS[:1],
        train_images=None,
        epochs=6,
        warmup_epochs=0.5,
        anneal_epochs=3.0,
    ),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Preset(
        seeds=SEEDS[:1],
        train_images=20,
        epochs=1,
        warmup_epochs=0.5,
        anneal_epochs=0.5,
        image_size=16,
        size=24,
        groups=((1, 4, 1, 3, 1), (2, 6, 2, 3, 2)),
        stem=4,
        head=8,
        random_weights=True,
        batch_size=10,
        shift=2,
        evaluation=Evaluation(
            images=10,
            batch_size=10,
            linf=(1 / 255,),
            autoattack=(1 / 255,),
            corruptions=("brightness",),
            audit=False,
            stand_in=True,
        ),
    ),
}


CATALOG = Catalog(
    EXPERIMENTS, PRESETS, measured=("evaluation", "seeds", "validation_freq")
)
experiment, preset = CATALOG.experiment, CATALOG.preset


def rows(preset_name):
    """The models of a preset in the order in which they run: (name, seed)."""
    main = heads.main_rows(RHO)
    plain = [name for name in main if not name.startswith("fast_")]
    found = [
        (name, seed) for seed in preset(preset_name).seeds for name in plain
    ]
    return [*found, ("fast_baseline", 0), (f"fast_ceb_{RHO}", 0)]
