"""The experiments of the CIFAR-10 study by name, and the sizes they run at.

The paper trains 25 CEB models and one deterministic baseline: `EXPERIMENTS`.
`VARIANTS` are additional: the consistent classifier at the same values of rho,
training without the jump-start, networks with BatchNorm, backbones of other
packages, and adversarial training (common/adversaries.py): `madry` is the model
that the paper's Figure 1 compares with.

A preset scales the study in length or in width. `paper` is the paper's, except
for the batch size, which the paper does not give. Radii are in the units of
the input, pixels from 0 to 1.

Reference: Fischer and Alemi (2020), section 3.1 and appendix A.1.
"""

import dataclasses
import fractions

from examples.common import names

RHOS = [-1 + 0.25 * i for i in range(25)]


@dataclasses.dataclass(frozen=True)
class Experiment:
    """One model of the study."""

    objective: str = "ceb"
    rho: float | None = None
    classifier: str = "linear"
    norm: str | None = None
    backbone: str = "wide_resnet"
    jump_start: bool = True
    # Name in common/adversaries.py; None trains on clean images.
    adversary: str | None = None


EXPERIMENTS = {
    "baseline": Experiment("xent"),
    **{f"ceb_{rho:g}": Experiment(rho=rho) for rho in RHOS},
}
VARIANTS = {
    **{
        f"cceb_{rho:g}": Experiment(rho=rho, classifier="consistent")
        for rho in RHOS
    },
    "baseline_batchnorm": Experiment("xent", norm="batch"),
    "ceb_2_batchnorm": Experiment(rho=2.0, norm="batch"),
    "ceb_2_keras_cv": Experiment(rho=2.0, backbone="keras_cv"),
    "ceb_2_keras_hub": Experiment(rho=2.0, backbone="keras_hub"),
    # At the target rho from the first step: what the jump-start is for.
    **{f"plain_{rho:g}": Experiment(rho=rho, jump_start=False) for rho in RHOS},
    "madry": Experiment("xent", adversary="madry"),
    "fast_baseline": Experiment("xent", adversary="fast"),
    **{
        f"fast_ceb_{rho:g}": Experiment(rho=rho, adversary="fast")
        for rho in RHOS
    },
    **{
        f"fast_cceb_{rho:g}": Experiment(
            rho=rho, classifier="consistent", adversary="fast"
        )
        for rho in RHOS
    },
    "trades_baseline": Experiment("xent", adversary="trades"),
    **{
        f"trades_ceb_{rho:g}": Experiment(rho=rho, adversary="trades")
        for rho in RHOS
    },
}


@dataclasses.dataclass(frozen=True)
class Preset:
    """How large, how long, and measured on how much."""

    # Wide ResNet, and the same size of the other backbones.
    depth: int = 28
    width: int = 10
    stem_stride: int = 1
    # Training, on the first images of the training set or on all.
    train_images: int | None = None
    epochs: int = 1500
    # Epochs from one validation to the next; the last epoch must have one.
    validation_freq: int = 1
    batch_size: int = 128
    learning_rate: float = 1e-3
    # Fractions of the epochs after which the rate falls to 0.3 of itself.
    drops: tuple[float, ...] = (1 / 3, 2 / 3, 5 / 6)
    policy: str | None = "cifar10"
    cutout: int | None = 16
    # XLA or not. Keras's "auto" leaves it out on CPUs.
    jit_compile: bool | str = "auto"
    # Radius of adversarial training, in L-infinity.
    train_eps: float = 8 / 255
    # The jump-start: rho falls from 100 to 10, then waits, then to the target.
    warmup_epochs: float = 2.0
    anneal_epochs: float = 1.0
    # Evaluation, on the first images of the test set.
    images: int = 10_000
    linf: tuple[float, ...] = tuple(n / 255 for n in (1, 2, 4, 8, 16))
    l2: tuple[float, ...] = (0.125, 0.25, 0.5, 1.0, 2.0)
    autoattack: tuple[float, ...] = (8 / 255,)
    corruptions: str | tuple[str, ...] = "cifar10-c"
    audit: bool = True


# A network for one core of a processor, which sees half the resolution. So
# small, and trained so briefly, it has no use for AutoAugment, and needs a
# higher rate for longer to learn much at all.
_ONE_CORE = {
    "depth": 10,
    "width": 2,
    "stem_stride": 2,
    "learning_rate": 3e-3,
    "drops": (0.75, 0.9),
    "policy": None,
    "cutout": None,
    "train_eps": 4 / 255,
    "images": 1000,
    "linf": tuple(n / 255 for n in (0.5, 1, 2, 4, 8)),
    "l2": (0.0625, 0.125, 0.25, 0.5, 1.0),
    "autoattack": (4 / 255,),
}

PRESETS = {
    "paper": Preset(),
    # A tenth of the length.
    "short": Preset(epochs=150),
    # All images: five minutes of training on one core.
    "cpu": Preset(
        **_ONE_CORE,
        epochs=6,
        batch_size=64,
        warmup_epochs=0.5,
    ),
    # So few images, and so many times, that the baseline learns them by heart:
    # training to the end in ten minutes. The bottleneck closes over most of it;
    # closed at once it costs accuracy (results/schedules.json, on digits).
    "few": Preset(
        **_ONE_CORE,
        train_images=2000,
        epochs=80,
        validation_freq=10,
        batch_size=32,
        jit_compile=True,
        warmup_epochs=3.0,
        anneal_epochs=50.0,
    ),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Preset(
        depth=10,
        width=1,
        epochs=2,
        batch_size=16,
        policy=None,
        cutout=None,
        warmup_epochs=0.5,
        images=16,
        linf=(2 / 255,),
        l2=(0.125,),
        autoattack=(),
        corruptions=("gaussian_noise", "brightness"),
        audit=False,
    ),
}


def experiment(name):
    """The experiment of that name.

    Raises:
        ValueError: If there is none.
    """
    return names.find("experiment", name, {**EXPERIMENTS, **VARIANTS})


def preset(name):
    """The preset of that name.

    Raises:
        ValueError: If there is none.
    """
    return names.find("preset", name, PRESETS)


def settings(name, preset_name):
    """What the figures of an experiment depend on, for its result file."""
    found = {
        "experiment": name,
        "preset": preset_name,
        **dataclasses.asdict(experiment(name)),
        **dataclasses.asdict(preset(preset_name)),
    }
    attacks = ("linf", "l2", "autoattack")
    found["radii"] = {attack: list(found.pop(attack)) for attack in attacks}
    return found


def radii(texts):
    """The radii in texts such as "1/255" or "0.004".

    Raises:
        ValueError: If one is no number.
    """
    try:
        return [float(fractions.Fraction(text)) for text in texts]
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(
            "`autoattack` must be radii such as 1/255 or 0.004. "
            f"Received: autoattack={','.join(texts)!r}"
        ) from error
