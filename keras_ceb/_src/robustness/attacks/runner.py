"""Runs an attack on any number of images, in batches of one size."""

import math
from collections.abc import Callable
from collections.abc import Iterator

import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.attacks.compiled_attack import compiled_attack
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.states import Rows
from keras_ceb._src.robustness.attacks.states import State
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import function_of

# The part of the state that is returned.
_RESULT = ("best", "best_loss", "fooled", "nan")


def segments(steps: int, first: int = 0) -> Iterator[tuple[int, int]]:
    """Splits the steps from `first` on; images are dropped in between.

    Most images that are misclassified at all are misclassified in the first
    steps, so each segment is half as long as all steps before it; a short
    remainder joins the last segment.
    """
    while first < steps:
        length = math.ceil(max(first, 1) / 2)
        stop = first + length
        if steps - stop <= length / 2:
            stop = steps
        yield first, stop
        first = stop


def run_attack(
    run: Run,
    classifier: Classifier,
    data: dict[str, np.ndarray],
    batch_size: int,
    drop_fooled: bool = True,
    on_progress: Callable[[int, int], None] | None = None,
    steps_in_vain: int | None = None,
) -> dict[str, np.ndarray]:
    """The result of one run on a set of images.

    Args:
        run: `Run`.
        classifier: `Classifier`.
        data: Arrays with one row per image, see `StepAttack`.
        batch_size: Number of images per call of the model.
        drop_fooled: Whether to stop attacking images that are misclassified,
            and to regroup the others into full batches.
        on_progress: Called with the number of images still under attack and
            how many steps were taken.
        steps_in_vain: After how many steps to stop if no image is
            misclassified until then, rounded up to a whole segment; `None`
            for no such limit.

    Returns:
        Arrays `best`, `best_loss`, `fooled` and `nan`, in the order of `data`.
    """
    attack = run.attack
    first_stages = compiled_attack(function_of(classifier), attack, data)
    # Only the start takes them: one compiled loop serves all runs.
    first_data = data
    data = {k: v for k, v in data.items() if k != "begin"}
    stages = compiled_attack(function_of(classifier), attack, data)
    params = attack.params(run, classifier.bounds)

    def batched(stage: Callable[..., State], *rows: Rows, **ends: int) -> State:
        state: State = padding.map_batches(
            lambda part: stage(*part, params, **ends),
            rows,
            batch_size,
            stages.static_shapes,
        )
        return state

    state = batched(first_stages.start, first_data)
    begin, end = attack.steps_at_start, attack.steps
    parts = [(begin, end)]
    if drop_fooled:
        parts = list(segments(end, begin))
    index = data["index"]
    active = np.arange(len(index))
    result = {k: np.array(state[k]) for k in _RESULT}
    for first, stop in parts:
        if drop_fooled and state["fooled"].any():
            left = np.flatnonzero(~state["fooled"])
            data, state = padding.rows((data, state), left)
            active = active[left]
        if on_progress is not None:
            on_progress(len(active), first)
        if not len(active):
            break
        if steps_in_vain is not None and first >= steps_in_vain:
            if not result["fooled"].any():
                break
        state = batched(stages.advance, data, state, first=first, stop=stop)
        _write(result, active, state, index)
    if len(active):
        state = batched(stages.finish, data, state)
        _write(result, active, state, index)
    return result


def ordered_targets(
    run: Run,
    classifier: Classifier,
    data: dict[str, np.ndarray],
    batch_size: int,
) -> np.ndarray:
    """`[n, k]` target classes by their rank, see `StepAttack`."""
    attack = run.attack
    stages = compiled_attack(function_of(classifier), attack, data)
    params = attack.params(run, classifier.bounds)
    found = padding.map_batches(
        lambda part: stages.order(part[0], params),
        (data,),
        batch_size,
        stages.static_shapes,
    )
    order: np.ndarray = found["order"]
    return order


def _write(
    result: Rows, active: np.ndarray, state: State, index: np.ndarray
) -> None:
    for key in _RESULT:
        result[key][active] = state[key]
    checks.check_logits(np.where(result["nan"], np.nan, 0.0), index)
