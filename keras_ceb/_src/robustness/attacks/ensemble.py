"""The worst case over several attacks, image by image."""

import copy
from collections.abc import Sequence
from typing import Any

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.pursuit import Run


class Ensemble(Attack):
    """Several attacks in a row, each on the images that still stand.

    An image counts as robust only if every attack fails on it.

    Args:
        attacks: Attacks in the same ball and the same range. No two may have
            equal settings, as their results would be equal.

    Call arguments: see `Attack`.

    Example:

    ```python
    attack = Ensemble([PGD("l2", 0.5), Square("l2", 0.5)])
    ```
    """

    stops_when_fooled = True

    def __init__(self, attacks: Sequence[Attack]):
        attacks = check_attacks(attacks)
        if not attacks:
            raise ValueError(
                "`attacks` must hold at least one attack. Received: attacks=[]"
            )
        first = attacks[0]
        for attack in attacks:
            ball = (attack.norm, attack.eps, attack.bounds)
            if ball != (first.norm, first.eps, first.bounds):
                raise ValueError(
                    "`attacks` must share `norm`, `eps` and `bounds`. "
                    f"Received: {(first.norm, first.eps, first.bounds)} and "
                    f"{ball}"
                )
        super().__init__(
            first.norm, first.eps, bounds=first.bounds, seed=first.seed
        )
        self.attacks = attacks

    @property
    def name(self) -> str:
        configs = [attack.get_config() for attack in self.attacks]
        return " + ".join(distinct_names(configs))

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        config["attacks"] = [attack.get_config() for attack in self.attacks]
        return config

    def with_eps(self, eps: float) -> "Ensemble":
        other = copy.copy(self)
        other.eps = checks.check_eps(eps, self.norm, self.bounds)
        other.attacks = [attack.with_eps(eps) for attack in self.attacks]
        return other

    def classes_needed(self) -> int:
        return max(attack.classes_needed() for attack in self.attacks)

    def parts(self, num_classes: int | None) -> list[Attack]:
        """The attacks for a model of so many classes, `None` for any."""
        return self.attacks

    def check_fits(
        self,
        num_classes: int | None,
        shape: tuple[int | None, ...] | None,
    ) -> None:
        super().check_fits(num_classes, shape)
        for part in self.parts(num_classes):
            part.check_fits(num_classes, shape)

    def runs(self, num_classes: int) -> list[Run]:
        return [
            run
            for part in self.parts(num_classes)
            for run in part.runs(num_classes)
        ]
