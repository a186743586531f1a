"""Runs an attack on any number of images, in batches of one size."""

import dataclasses
import math
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import numpy as np
from keras import ops
from keras import tree

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.model_function import ModelFunction

# What is kept of an image that has left the race.
_RESULT = ("best", "best_loss", "fooled", "nan")


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


def segments(num_steps: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Splits the steps from `first` where fooled images leave: often at first.

    Most images that fall do so in the first steps, so each segment is about
    half of the steps before it; a short rest joins the last one.
    """
    while first < num_steps:
        length = math.ceil(max(first, 1) / 2)
        stop = first + length
        if num_steps - stop <= length / 2:
            stop = num_steps
        yield first, stop
        first = stop


def pursue(
    run: Run,
    classifier: ModelFunction,
    data: dict[str, np.ndarray],
    batch_size: int,
    drop_fooled: bool = True,
    on_progress: Callable[[int], None] | None = None,
) -> dict[str, np.ndarray]:
    """The result of one run on a set of images.

    Args:
        run: `Run`.
        classifier: `ModelFunction`.
        data: Arrays with one row an image, see `StepAttack`.
        batch_size: How many images the model sees at a time.
        drop_fooled: Whether an image is left alone once it is misclassified,
            so that the batches fill up with images that still stand.
        on_progress: Called with the number of images that still stand.

    Returns:
        Arrays `best`, `best_loss`, `fooled` and `nan`, in the order of `data`.
    """
    stages = engine.engine_for(classifier, run.attack, data)
    params = run.attack.params(run)

    def batched(stage: Callable, *rows: Any, **steps: int) -> dict[str, Any]:
        def call(*part: Any) -> Any:
            return stage(*part, params, **steps)

        return _in_batches(call, rows, batch_size, stages.static_shapes)

    state = batched(stages.start, data)
    begin, num_steps = run.attack.steps_at_start, run.attack.num_steps
    steps = [(begin, num_steps)]
    if drop_fooled:
        steps = list(segments(num_steps, begin))
    index = data["index"]
    active = np.arange(len(index))
    result = {k: np.array(state[k]) for k in _RESULT}
    for first, stop in steps:
        if drop_fooled and state["fooled"].any():
            stand = np.flatnonzero(~state["fooled"])
            data, state = _rows((data, state), stand)
            active = active[stand]
        if on_progress is not None:
            on_progress(len(active))
        if not len(active):
            break
        state = batched(stages.advance, data, state, first=first, stop=stop)
        _write(result, active, state, index)
    if len(active):
        state = batched(stages.finish, data, state)
        _write(result, active, state, index)
    return result


def _write(result, active, state, index):
    for key in _RESULT:
        result[key][active] = state[key]
    checks.check_logits(np.where(result["nan"], np.nan, 0.0), index)


def _in_batches(function, rows, batch_size, same_size):
    """`function` over slices of `rows`, its results put together again."""
    n = len(tree.flatten(rows)[0])
    parts = []
    for first in range(0, n, batch_size):
        stop = min(first + batch_size, n)
        size = batch_size if same_size else stop - first
        # A short batch repeats its last row where every size would compile.
        take = np.minimum(np.arange(first, first + size), n - 1)
        part = rows if size == n else _rows(rows, take)
        out = function(*part)
        out = tree.map_structure(ops.convert_to_numpy, out)
        parts.append({k: v[: stop - first] for k, v in out.items()})
    if len(parts) == 1:
        return parts[0]
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def _rows(arrays, take):
    return tree.map_structure(lambda array: array[take], arrays)
