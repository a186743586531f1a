"""Runs of attacks, and the parts of an attack that executing a run needs.

The base classes `StepAttack` and `Attack` import the code that executes runs;
that code imports these protocols instead of the classes.
"""

import dataclasses
from typing import Any
from typing import Protocol

from keras_ceb._src.robustness.attacks.oracle import Oracle
from keras_ceb._src.robustness.attacks.states import Params
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor


class Steps(Protocol):
    """An attack that works in steps, see `StepAttack`."""

    @property
    def samples(self) -> int: ...

    @property
    def steps(self) -> int: ...

    @property
    def steps_at_start(self) -> int: ...

    @property
    def seed(self) -> int: ...

    @property
    def norm(self) -> str: ...

    @property
    def begins(self) -> bool: ...

    @property
    def target_order(self) -> str: ...

    def ordered_targets(self, oracle: Oracle, data: Rows) -> Tensor: ...

    def start(self, oracle: Oracle, data: Rows, params: Params) -> State: ...

    def step(
        self,
        oracle: Oracle,
        data: Rows,
        params: Params,
        state: State,
        i: Tensor,
    ) -> State: ...

    def finish(
        self, oracle: Oracle, data: Rows, params: Params, state: State
    ) -> State: ...

    def describe(self) -> dict[str, Any]: ...

    def params(self, run: "Run", bounds: tuple[float, float]) -> Params: ...

    def static_key(self) -> tuple[Any, ...]: ...

    def use_xla(self) -> bool: ...


class Runs(Protocol):
    """An attack that consists of runs, see `Attack`."""

    @property
    def stops_when_fooled(self) -> bool: ...

    def runs(self, num_classes: int) -> "list[Run]": ...

    def check_fits(
        self,
        bounds: tuple[float, float],
        num_classes: int | None = None,
        shape: Shape | None = None,
    ) -> None: ...


@dataclasses.dataclass(frozen=True)
class Run:
    """One start of one attack, the unit of work on a batch of images.

    Attributes:
        attack: The attack to run, a `StepAttack`.
        number: The number of the restart; each draws its own random numbers.
        target_rank: For attacks on several targets, the rank of the target
            among the wrong classes, 0 for the most likely one.
        begins: Whether the run begins at the points `begin` of `data`, see
            `StepAttack.begins`.
        saves_effort: Whether the run may leave out images that are far from
            the boundary, or all of them, see `Executor`.
    """

    attack: Steps
    number: int = 0
    target_rank: int = 0
    begins: bool = False
    saves_effort: bool = False
