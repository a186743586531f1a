"""Executes the runs of an attack in turn, and saves effort where it may."""

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.runner import ordered_targets
from keras_ceb._src.robustness.attacks.runner import run_attack
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of

# The rule of `Run.saves_effort`. The images closest to the boundary come first,
# this share of them at a time, but not fewer than the number.
_SHARE = 1 / 4
_FEWEST = 16
# An attack on several targets ends after so many in succession in vain.
_TARGETS_IN_VAIN = 3
# A run that has misled none of its images ends after so many steps.
_STEPS_IN_VAIN = 1000


class Executor:
    """The runs of an attack, in turn, on the images that withstand them.

    A run that saves effort attacks the images in parts, those with the smallest
    margin so far first, and stops after a part of which it has misled none.

    Args:
        runs: The runs in their order.
        classifier: `Classifier`.
        data: Arrays with one row per image, see `StepAttack`.
        batch_size: Number of images per call of the model.
    """

    def __init__(
        self,
        runs: Sequence[Run],
        classifier: Classifier,
        data: dict[str, np.ndarray],
        batch_size: int,
    ):
        self._classifier = classifier
        self._data = data
        self._batch_size = batch_size
        attacks = {id(run.attack): run.attack for run in runs}
        # Their numbers: those of objects differ in the next process.
        self._numbers = {key: k for k, key in enumerate(attacks)}
        self._needs_margins = any(run.saves_effort for run in runs)
        # Of the label at the point closest to the boundary so far.
        self._margin = np.full(len(data["y"]), np.inf)
        # How many targets in succession, by the number of the attack.
        self._in_vain = np.zeros(len(attacks), "int64")
        # Target classes by their settings, -1 where they are not known yet.
        self._orders: dict[str, np.ndarray] = {}

    def state(self) -> dict[str, np.ndarray]:
        """What the runs to come depend on, by name."""
        orders = {f"order {k}": order for k, order in self._orders.items()}
        in_vain = self._in_vain.copy()
        return {"margin": self._margin.copy(), "in_vain": in_vain, **orders}

    def restore(self, state: Mapping[str, np.ndarray]) -> None:
        """Goes on from what `state` returned, perhaps among other arrays."""
        self._margin = state.get("margin", self._margin)
        self._in_vain = state.get("in_vain", self._in_vain)
        for name, order in state.items():
            if name.startswith("order "):
                self._orders[name.removeprefix("order ")] = order

    def execute(
        self,
        run: Run,
        rows: np.ndarray,
        drop_fooled: bool = True,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> tuple[np.ndarray, Rows]:
        """Executes the next run.

        Args:
            run: `Run`.
            rows: The numbers of the images that withstand so far.
            drop_fooled: See `run_attack`.
            on_progress: See `run_attack`; counts all of `rows`.

        Returns:
            The numbers of the images that were attacked, and what was found,
            see `run_attack`.
        """
        if not run.saves_effort:
            return rows, self._attack(run, rows, drop_fooled, on_progress)
        number = self._numbers[id(run.attack)]
        if self._in_vain[number] >= _TARGETS_IN_VAIN:
            return rows[:0], {}
        left = len(rows)
        done, found = [], []
        for part in in_parts(rows, self._margin[rows]):
            others = left - len(part)
            tell = None
            if on_progress is not None:
                tell = _with_others(on_progress, others)
            found.append(
                self._attack(run, part, drop_fooled, tell, _STEPS_IN_VAIN)
            )
            done.append(part)
            misled = int(found[-1]["fooled"].sum())
            left -= misled
            if not misled:
                break
        in_vain = left == len(rows)
        self._in_vain[number] = self._in_vain[number] + 1 if in_vain else 0
        joined = {
            k: np.concatenate([part[k] for part in found]) for k in found[0]
        }
        return np.concatenate(done), joined

    def _attack(
        self,
        run: Run,
        rows: np.ndarray,
        drop_fooled: bool,
        on_progress: Callable[[int, int], None] | None,
        steps_in_vain: int | None = None,
    ) -> Rows:
        data = {k: v[rows] for k, v in self._data.items()}
        if not run.begins:
            data.pop("begin", None)
        if run.attack.target_order in target_order.SHARED:
            data["order"] = self._order(run, rows)
        found = run_attack(
            run,
            self._classifier,
            data,
            self._batch_size,
            drop_fooled,
            on_progress,
            steps_in_vain,
        )
        if self._needs_margins:
            logits = logits_of(
                self._classifier, found["best"], int(data["index"][0])
            )
            margin = margins(logits, data["y"])
            self._margin[rows] = np.minimum(self._margin[rows], margin)
        return found

    def _order(self, run: Run, rows: np.ndarray) -> np.ndarray:
        """The target classes of some images, each computed once."""
        attack = run.attack
        settings = attack.target_order, attack.norm, attack.samples, attack.seed
        key = " ".join(map(str, settings))
        n = len(self._margin)
        order = self._orders.get(key, np.full((n, 1), -1, "int32"))
        missing = rows[order[rows, 0] < 0]
        if len(missing):
            data = {k: v[missing] for k, v in self._data.items()}
            data.pop("begin", None)
            new = ordered_targets(run, self._classifier, data, self._batch_size)
            order = np.broadcast_to(order, (n, new.shape[1])).copy()
            order[missing] = new
            self._orders[key] = order
        found: np.ndarray = order[rows]
        return found


def in_parts(rows: np.ndarray, margin: np.ndarray) -> Iterator[np.ndarray]:
    """Parts of `rows` by ascending margin, each in ascending order."""
    size = max(_FEWEST, int(np.ceil(_SHARE * len(rows))))
    left = rows[np.argsort(margin, kind="stable")]
    for first in range(0, len(left), size):
        yield np.sort(left[first : first + size])


def margins(logits: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The logit of the label less the largest other one, `[n]`."""
    at = np.arange(len(y)), y
    others = logits.copy()
    others[at] = -np.inf
    margin: np.ndarray = logits[at] - others.max(axis=1)
    return margin


def _with_others(
    on_progress: Callable[[int, int], None], others: int
) -> Callable[[int, int], None]:
    """What counts images that a part leaves out as still under attack."""
    return lambda left, steps: on_progress(left + others, steps)
