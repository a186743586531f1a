"""The unit of work of an attack."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class Run:
    """One start of one attack, the unit of work on a batch of images.

    Attributes:
        attack: The attack to run, a `StepAttack`.
        number: Which restart it is; each draws its own random numbers.
        target_rank: For attacks on several targets, the rank of the target
            among the wrong classes, 0 for the most likely one.
    """

    attack: Any
    number: int = 0
    target_rank: int = 0
