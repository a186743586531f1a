"""AutoAttack: an ensemble of attacks without parameters to tune."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb._src.robustness.attacks.apgd import APGD
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import Ensemble
from keras_ceb._src.robustness.attacks.fab import FAB
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.square import Square
from keras_ceb._src.robustness.attacks.step_attack import StepAttack
from keras_ceb._src.validation import one_of

VERSIONS = ("standard", "fast", "rand")


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class AutoAttack(Ensemble):
    """AutoAttack, the standard attack for comparing the robustness of models.

    `"standard"` runs APGD-CE, targeted APGD-DLR on 9 targets and targeted FAB
    on 9 targets, with 100 steps each, and Square with 5000 queries. `"rand"`,
    for models with noise at test time, runs APGD-CE and APGD-DLR with
    gradients averaged over 20 draws. Each attack runs only on the images that
    are still classified correctly.

    `"fast"` runs those of `"standard"`, with targets in the order of MALT
    (see `APGD`), and leaves out what no longer misleads the model:

    - All but APGD-CE begin with the quarter of the images whose label has the
      smallest margin at any point found so far, 16 images at least. A target
      or attack goes on to the next quarter only if it has misled the model on
      some of the last.
    - After 3 targets in succession without success, the other targets of
      APGD and FAB are left out.
    - Square stops after about 1000 queries without success.

    These images are those that are attacked together: all of a call, and in
    `robust_accuracy` up to 8 batches, so that figures depend a little on the
    batch size. Inside a traced function nothing is left out.

    The targeted DLR loss is not defined for fewer than 4 classes, nor the DLR
    loss for fewer than 3: the margin loss then replaces it.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball, in the units of the classifier's range.
        version: `"standard"`, `"fast"` or `"rand"`.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow: `True`,
            `False`, or `"auto"` to do so if a GPU or TPU is visible.

    Call arguments: see `Attack`.

    Example:

    ```python
    attack = AutoAttack("linf", eps=8 / 255)
    print(keras_ceb.robustness.robust_accuracy(model, (x, y), attack))
    ```

    Reference: Croce and Hein, 2020, "Reliable evaluation of adversarial
    robustness with an ensemble of diverse parameter-free attacks".
    """

    norm: str = "linf"
    eps: float = 8 / 255
    version: str = "standard"
    attacks: Sequence[Attack] = dataclasses.field(
        init=False, repr=False, compare=False
    )
    _: dataclasses.KW_ONLY
    seed: int = 0
    jit_compile: bool | str = "auto"

    def __post_init__(self) -> None:
        one_of(self.version, "version", VERSIONS)
        attacks = self._members()
        self._set(attacks=attacks, seed=attacks[0].seed)
        super().__post_init__()

    def _members(self) -> list[StepAttack]:
        ball = (self.norm, self.eps)
        shared: dict[str, Any] = {
            "seed": self.seed,
            "jit_compile": self.jit_compile,
        }
        if self.version == "standard":
            return [
                APGD(*ball, **shared),
                APGD(*ball, loss="dlr", targets="logits", **shared),
                FAB(*ball, **shared),
                Square(*ball, **shared),
            ]
        if self.version == "fast":
            return [
                APGD(*ball, **shared),
                APGD(*ball, loss="dlr", targets="malt", **shared),
                FAB(*ball, targets="malt", **shared),
                Square(*ball, **shared),
            ]
        return [
            APGD(*ball, samples=20, **shared),
            APGD(*ball, loss="dlr", samples=20, **shared),
        ]

    @property
    def title(self) -> str:
        return f"AutoAttack ({self.version})"

    @property
    def told_by_title(self) -> tuple[str, ...]:
        return ("version",)

    def with_radius(self, eps: float) -> "AutoAttack":
        return dataclasses.replace(self, eps=eps)

    def get_config(self) -> dict[str, Any]:
        return Attack.get_config(self)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "AutoAttack":
        return cls(**config)

    def classes_needed(self) -> int:
        return 2

    def runs(self, num_classes: int) -> list[Run]:
        runs = super().runs(num_classes)
        if self.version != "fast":
            return runs
        # The first one measures how far from the boundary each image is.
        return runs[:1] + [
            dataclasses.replace(run, saves_effort=True) for run in runs[1:]
        ]

    def parts(self, num_classes: int | None) -> Sequence[Attack]:
        if num_classes is None:
            return self.attacks
        return [
            dataclasses.replace(attack, loss="margin")
            if isinstance(attack, APGD)
            and num_classes < attack.classes_needed()
            else attack
            for attack in self.attacks
        ]
