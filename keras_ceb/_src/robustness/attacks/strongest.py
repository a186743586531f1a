"""The strongest inputs that the runs of an attack find on one batch."""

import keras
import numpy as np
from keras import ops

from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks import target_order
from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb._src.robustness.attacks.executor import Executor
from keras_ceb._src.robustness.attacks.run import Runs
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import function_of
from keras_ceb._src.typing import Tensor


def strongest(
    attack: Runs,
    classifier: Classifier,
    data: dict[str, np.ndarray],
    num_classes: int,
) -> np.ndarray:
    """The strongest adversarial inputs that the runs of an attack find.

    Args:
        attack: `Attack`.
        classifier: `Classifier`.
        data: Checked arrays with one row per image, see `prepare`.
        num_classes: Number of classes of the model.
    """
    best: dict[str, np.ndarray] = {}
    n = len(data["y"])
    remaining = np.arange(n)
    runs = attack.runs(num_classes)
    size = min(n, classifier.batch_size)
    executor = Executor(runs, classifier, data, size)
    for run in runs:
        rows, found = executor.execute(run, remaining, attack.stops_when_fooled)
        if not best:
            best = found
        elif len(rows):
            old = {k: v[rows] for k, v in best.items()}
            better = ops.convert_to_numpy(states.stronger(found, old))
            for key, value in best.items():
                value[rows[better]] = found[key][better]
        remaining = np.flatnonzero(~best["fooled"])
        if not len(remaining):
            break
    return best["best"]


def traced_strongest(
    attack: Runs,
    classifier: Classifier,
    x: Tensor,
    y: Tensor,
    targets: Tensor | None,
    index: Tensor | None,
) -> Tensor:
    """As `strongest`, inside a function that is being traced."""
    clean = ops.cast(x, "float32")
    data = {"x": clean, "y": ops.cast(ops.reshape(y, (-1,)), "int32")}
    if index is None:
        index = ops.arange(ops.shape(clean)[0], dtype="int32")
    data["index"] = ops.cast(index, "int32")
    if targets is not None:
        data["target"] = ops.cast(targets, "int32")
    function = function_of(classifier)
    values = function.values()
    num_classes = function.logits(clean, values, (0, 0)).shape[-1]
    attack.check_fits(classifier.bounds, num_classes, tuple(clean.shape[1:]))
    best = states.first_state(clean)
    orders: dict[object, Tensor] = {}
    for run in attack.runs(num_classes):
        stages = CompiledAttack(function, run.attack).traced
        params = run.attack.params(run, classifier.bounds)
        params["first"] = run.attack.steps_at_start
        params["stop"] = run.attack.steps
        shared = {"params": params, "values": values}
        kind = run.attack.target_order
        data.pop("order", None)
        if kind in target_order.SHARED:
            if kind not in orders:
                orders[kind] = stages["order"]({"data": data}, shared)["order"]
            data["order"] = orders[kind]
        state = stages["start"]({"data": data}, shared)
        state = stages["advance"]({"data": data, "state": state}, shared)
        state = stages["finish"]({"data": data, "state": state}, shared)
        better = states.stronger(state, best)
        wide = ball.per_image(better, clean)
        best = {
            "best": ops.where(wide, state["best"], best["best"]),
            "best_loss": ops.where(
                better, state["best_loss"], best["best_loss"]
            ),
            "fooled": ops.logical_or(state["fooled"], best["fooled"]),
        }
    # Integers cannot hold the result.
    dtype = keras.backend.standardize_dtype(x.dtype)
    return ops.cast(best["best"], dtype) if "float" in dtype else best["best"]
