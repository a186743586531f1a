"""The worst case over several attacks, per image."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from keras_ceb._src.robustness.attacks import norm_ball
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.run import Run


@keras.saving.register_keras_serializable(package="keras_ceb")
@dataclasses.dataclass(frozen=True)
class Ensemble(Attack):
    """Several attacks in turn, each on the images not yet misclassified.

    An image counts as robust only if every attack fails on it.

    Args:
        attacks: Attacks in the same ball. No two may have equal settings,
            because their results would be equal.

    Call arguments: see `Attack`.

    Example:

    ```python
    attack = Ensemble([PGD("l2", 0.5), Square("l2", 0.5)])
    ```
    """

    norm: str = dataclasses.field(init=False, repr=False, compare=False)
    eps: float = dataclasses.field(init=False, repr=False, compare=False)
    attacks: Sequence[Attack]

    norms = norm_ball.NORMS
    stops_when_fooled = True

    def __post_init__(self) -> None:
        attacks = check_attacks(self.attacks)
        if not attacks:
            raise ValueError(
                "`attacks` must hold at least one attack. Received: attacks=[]"
            )
        first = attacks[0]
        for attack in attacks:
            if (attack.norm, attack.eps) != (first.norm, first.eps):
                raise ValueError(
                    "`attacks` must share `norm` and `eps`. Received: "
                    f"{(first.norm, first.eps)} and {(attack.norm, attack.eps)}"
                )
        self._set(attacks=tuple(attacks), norm=first.norm, eps=first.eps)
        super().__post_init__()

    @property
    def title(self) -> str:
        return " + ".join(distinct_names([a.describe() for a in self.attacks]))

    @property
    def told_by_title(self) -> tuple[str, ...]:
        return ("attacks",)

    def with_radius(self, eps: float) -> "Ensemble":
        parts = [attack.with_radius(eps) for attack in self.attacks]
        return Ensemble(parts)

    def get_config(self) -> dict[str, Any]:
        serialize = keras.saving.serialize_keras_object
        return {"attacks": [serialize(attack) for attack in self.attacks]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Ensemble":
        deserialize = keras.saving.deserialize_keras_object
        return cls([deserialize(attack) for attack in config["attacks"]])

    def describe(self) -> dict[str, Any]:
        parts = [attack.describe() for attack in self.attacks]
        return {**super().describe(), "attacks": parts}

    def classes_needed(self) -> int:
        return max(attack.classes_needed() for attack in self.attacks)

    def parts(self, num_classes: int | None) -> Sequence[Attack]:
        """The attacks for a number of classes, or `None` if not known yet."""
        return self.attacks

    def check_fits(
        self,
        bounds: tuple[float, float],
        num_classes: int | None = None,
        shape: tuple[int | None, ...] | None = None,
    ) -> None:
        super().check_fits(bounds, num_classes, shape)
        for part in self.parts(num_classes):
            part.check_fits(bounds, num_classes, shape)

    def runs(self, num_classes: int) -> list[Run]:
        return [
            run
            for part in self.parts(num_classes)
            for run in part.runs(num_classes)
        ]


def one_attack(attack: Any) -> Attack:
    """The argument `attack`: the given attack, or an `Ensemble` of several.

    Raises:
        TypeError: If it is neither an attack nor a sequence of them.
        ValueError: If it holds none, or see `check_attacks`.
    """
    attacks = check_attacks(attack, "attack")
    if isinstance(attack, Attack):
        return attack
    if not attacks:
        raise ValueError(
            "`attack` must hold at least one attack. Received: attack=[]"
        )
    return Ensemble(attacks)
