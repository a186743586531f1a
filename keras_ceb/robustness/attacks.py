"""Adversarial attacks on any Keras classifier that returns logits."""

from typing import TYPE_CHECKING

from keras_ceb._src import lazy

if TYPE_CHECKING:
    from keras_ceb._src.robustness.attacks.apgd import APGD
    from keras_ceb._src.robustness.attacks.attack import Attack
    from keras_ceb._src.robustness.attacks.autoattack import AutoAttack
    from keras_ceb._src.robustness.attacks.curve import Curve
    from keras_ceb._src.robustness.attacks.ddn import DDN
    from keras_ceb._src.robustness.attacks.ensemble import Ensemble
    from keras_ceb._src.robustness.attacks.fab import FAB
    from keras_ceb._src.robustness.attacks.fgsm import FGSM
    from keras_ceb._src.robustness.attacks.fmn import FMN
    from keras_ceb._src.robustness.attacks.pgd import PGD
    from keras_ceb._src.robustness.attacks.presets import preset
    from keras_ceb._src.robustness.attacks.square import Square

__all__ = [
    "APGD",
    "DDN",
    "FAB",
    "FGSM",
    "FMN",
    "PGD",
    "Attack",
    "AutoAttack",
    "Curve",
    "Ensemble",
    "Square",
    "preset",
]

__getattr__ = lazy.attach(
    __name__,
    "keras_ceb._src.robustness.attacks",
    {
        "apgd": ["APGD"],
        "attack": ["Attack"],
        "autoattack": ["AutoAttack"],
        "curve": ["Curve"],
        "ddn": ["DDN"],
        "ensemble": ["Ensemble"],
        "fab": ["FAB"],
        "fgsm": ["FGSM"],
        "fmn": ["FMN"],
        "pgd": ["PGD"],
        "presets": ["preset"],
        "square": ["Square"],
    },
)


def __dir__() -> list[str]:
    return __all__
