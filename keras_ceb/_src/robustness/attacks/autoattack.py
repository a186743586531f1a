"""AutoAttack: an ensemble without parameters to tune."""

from typing import Any

from keras_ceb._src.robustness.attacks.apgd import APGD
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import Ensemble
from keras_ceb._src.robustness.attacks.fab import FAB
from keras_ceb._src.robustness.attacks.square import Square
from keras_ceb._src.validation import one_of

VERSIONS = ("standard", "rand")


class AutoAttack(Ensemble):
    """AutoAttack, the measure by which the field compares robustness.

    `"standard"`: APGD-CE, targeted APGD-DLR on 9 targets, targeted FAB on 9
    targets, each of 100 steps, and Square with 5000 queries. `"rand"`, for
    models with noise at test time: APGD-CE and APGD-DLR whose gradients are
    averaged over 20 draws. Each attack sees only the images that stand.

    With fewer than 4 classes the targeted DLR loss is not defined, and with
    fewer than 3 the DLR loss is not: the margin loss then takes its place.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the input.
        version: `"standard"` or `"rand"`.
        bounds: Pair of numbers, the range of the input.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow; see `Attack`.

    Call arguments: see `Attack`.

    Example:

    ```python
    attack = AutoAttack("linf", eps=8 / 255)
    print(keras_ceb.robustness.robust_accuracy(model, (x, y), attack))
    ```

    Reference: Croce and Hein, 2020, "Reliable evaluation of adversarial
    robustness with an ensemble of diverse parameter-free attacks".
    """

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        version: str = "standard",
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        self.version = one_of(version, "version", VERSIONS)
        shared: dict[str, Any] = {
            "bounds": bounds,
            "seed": seed,
            "jit_compile": jit_compile,
        }
        attacks: list[Attack]
        if version == "standard":
            attacks = [
                APGD(norm, eps, **shared),
                APGD(norm, eps, loss="dlr", num_targets=9, **shared),
                FAB(norm, eps, **shared),
                Square(norm, eps, **shared),
            ]
        else:
            attacks = [
                APGD(norm, eps, samples=20, **shared),
                APGD(norm, eps, loss="dlr", samples=20, **shared),
            ]
        super().__init__(attacks)

    @property
    def name(self) -> str:
        return f"AutoAttack ({self.version})"

    def classes_needed(self) -> int:
        return 2

    def parts(self, num_classes: int | None) -> list[Attack]:
        if num_classes is None:
            return self.attacks
        return [
            attack.with_loss("margin")
            if isinstance(attack, APGD)
            and num_classes < attack.classes_needed()
            else attack
            for attack in self.attacks
        ]
