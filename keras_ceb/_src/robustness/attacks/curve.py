"""Accuracy against the radius of an attack."""

import dataclasses
from collections.abc import Sequence

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness.attacks.ball import NORMS
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.validation import one_of

# Radii for inputs in 0..1.
_RADII = {
    "linf": tuple(n / 255 for n in (1, 2, 4, 8, 16)),
    "l2": (0.125, 0.25, 0.5, 1.0, 2.0),
}


@dataclasses.dataclass(frozen=True)
class Curve:
    """Accuracy under PGD-20 against its radius.

    An element of the `attacks` of `keras_ceb.evaluate_robustness`, whose
    report draws it. Images that withstand PGD are attacked once more, from
    the strongest point at the radius before, so that accuracy may be lower
    than under PGD at that radius alone. An equal PGD among the other `attacks`
    is not run again.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius or radii, in the units of the classifier's range; `None`
            takes five, up to 16/255 (L-infinity) or 2.0 (L2) of the range.

    Raises:
        ValueError: If `norm` is something else.

    Example:

    ```python
    attacks = [PGD("linf", eps=8 / 255), Curve("linf", [2 / 255, 4 / 255])]
    ```
    """

    norm: str
    eps: float | Sequence[float] | None = None

    def __post_init__(self) -> None:
        one_of(self.norm, "norm", NORMS)

    def attacks(self, bounds: tuple[float, float]) -> list[PGD]:
        """The attacks with increasing radii.

        Args:
            bounds: The range of the inputs.

        Raises:
            TypeError: If `eps` is neither a number nor several.
            ValueError: If a radius is invalid.
        """
        eps = self.eps
        if eps is None:
            width = bounds[1] - bounds[0]
            eps = [radius * width for radius in _RADII[self.norm]]
        radii = arguments.check_radii(eps, self.norm, bounds)
        return [PGD(self.norm, radius) for radius in radii]
