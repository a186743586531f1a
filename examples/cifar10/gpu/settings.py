"""The models of the GPU study, most important first, and how they train."""

import dataclasses

from examples.common import names

EPS = 8 / 255
# Epochs to choose from.
EPOCHS = (60, 40, 30, 24, 20, 15, 12, 10, 8, 6, 4, 2, 1)


@dataclasses.dataclass(frozen=True)
class Row:
    """One model of the study.

    Attributes:
        network: `"preact"` or `"wrn"`.
        fast: Whether it is trained against `FastTraining`.
        head: `"baseline"`, or `"ceb_4"` or `"cceb_4"` for CEB at rho 4 with
            the linear or the consistent classifier.
        seed: Seed of everything.
    """

    network: str
    fast: bool
    head: str
    seed: int = 0

    @property
    def name(self):
        training = "fast" if self.fast else "plain"
        return f"{self.network}-{training}-{self.head}-seed{self.seed}"

    @property
    def kind(self):
        """What its time for a step depends on, as text."""
        return f"{self.network}-{'fast' if self.fast else 'plain'}"

    @property
    def model(self):
        """The arguments of `keras_ceb.wrap`."""
        kind, _, rho = self.head.partition("_")
        if kind == "baseline":
            return {"objective": "xent"}
        consistent = kind == "cceb"
        return {
            "rho": float(rho),
            "classifier": "consistent" if consistent else "linear",
        }


# The epochs are chosen so that these can all be done.
CORE = (
    Row("preact", True, "baseline"),
    Row("preact", True, "ceb_4"),
    Row("preact", True, "cceb_4"),
    Row("preact", False, "baseline"),
    Row("preact", False, "ceb_4"),
    Row("wrn", True, "baseline"),
    Row("wrn", True, "ceb_4"),
    Row("preact", True, "ceb_2"),
    Row("wrn", False, "baseline"),
    Row("wrn", False, "ceb_4"),
    Row("preact", True, "baseline", 1),
    Row("preact", True, "ceb_4", 1),
    Row("preact", False, "cceb_4"),
)
# What time is left for.
MORE = (
    Row("wrn", True, "cceb_4"),
    Row("wrn", False, "cceb_4"),
    Row("preact", False, "ceb_2"),
    Row("preact", True, "cceb_4", 1),
    Row("preact", False, "baseline", 1),
    Row("preact", False, "ceb_4", 1),
    Row("preact", True, "ceb_2", 1),
    Row("wrn", True, "baseline", 1),
    Row("wrn", True, "ceb_4", 1),
    Row("preact", True, "ceb_6"),
    Row("wrn", True, "ceb_2"),
    Row("wrn", False, "ceb_2"),
)


@dataclasses.dataclass(frozen=True)
class Settings:
    """What all models of a study share.

    Attributes:
        networks: Arguments of the functions in `networks.py`.
        rates: Highest learning rate, by network.
        clipnorm: Limit of the norm of the gradient, by network.
        policy: Keras's dtype policy of the training; attacks are in float32.
        pgd: Radii of PGD-20 on the whole test set, plain and fast models.
        autoattack: Radii of AutoAttack on the first `images` test images.
        stand_in: Whether a short PGD takes AutoAttack's place: in a test.
    """

    networks: dict
    rates: dict
    clipnorm: dict
    policy: str = "mixed_bfloat16"
    batch_size: int = 256
    momentum: float = 0.9
    weight_decay: float = 5e-4
    # The share of the epochs after which the rate falls again.
    peak: float = 0.4
    noise: str = "unclipped"
    pgd: dict = dataclasses.field(
        default_factory=lambda: {
            "plain": (0.5 / 255, 1 / 255, EPS),
            "fast": (EPS,),
        }
    )
    autoattack: dict = dataclasses.field(
        default_factory=lambda: {"plain": (1 / 255, EPS), "fast": (EPS,)}
    )
    images: int = 1000
    attack_batch: int = 500
    # Steps that are timed, after those in which the program is compiled.
    timed_steps: int = 40
    checkpoint_every: int = 5
    stand_in: bool = False
    core: tuple = CORE
    more: tuple = MORE
    epochs: tuple = EPOCHS


PRESETS = {
    "full": Settings(
        networks={"preact": {}, "wrn": {}},
        rates={"preact": 0.3, "wrn": 0.1},
        clipnorm={"preact": None, "wrn": 1.0},
    ),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Settings(
        networks={
            "preact": {"width": 2, "blocks": 1},
            "wrn": {"depth": 10, "width": 1},
        },
        rates={"preact": 0.1, "wrn": 0.1},
        clipnorm={"preact": None, "wrn": 1.0},
        policy="float32",
        batch_size=8,
        images=8,
        attack_batch=8,
        timed_steps=2,
        checkpoint_every=1,
        stand_in=True,
        core=(Row("preact", True, "cceb_4"), Row("preact", True, "cceb_4", 1)),
        more=(),
        epochs=(2, 1),
    ),
}


def preset(name):
    """The settings of that name.

    Raises:
        ValueError: If there are none.
    """
    return names.find("preset", name, PRESETS)
