"""The protocol of an attack: `attack(model, x, y)` gives adversarial `x`."""

import abc
import copy
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import compiled
from keras_ceb._src.robustness.attacks import engine
from keras_ceb._src.robustness.attacks import geometry
from keras_ceb._src.robustness.attacks import states
from keras_ceb._src.robustness.attacks.differentiable import (
    check_differentiable,
)
from keras_ceb._src.robustness.attacks.pursuit import Run
from keras_ceb._src.robustness.attacks.pursuit import pursue
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.robustness.outputs import check_outputs
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import one_of


class Attack(abc.ABC):
    """Base class of the attacks on Keras classifiers.

    An attack is a list of runs. All random numbers depend on the seed and on
    the number of the image only, so a result does not depend on the batch
    size.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball around the clean input, in the units of the
            input: 8/255 for images in 0..1, 8 for images in 0..255.
        bounds: Pair of numbers, the range of the input.
        seed: Integer from 0 to 2**32 - 1, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow. `"auto"` does
            so where a GPU or TPU is visible; on a CPU XLA is several times
            slower. On JAX XLA always compiles.

    Call arguments:
        model: Keras model that returns `(batch, num_classes)` logits, or
            `(batch, 1)` for two classes. If its `Input` is of an integer
            dtype, it is attacked as if it took floats.
        x: `(batch, ...)` inputs within `bounds`: array or tensor.
        y: Labels: integers of shape `(batch,)` or `(batch, 1)`, or one-hot.
        targets: Classes to reach, like `y`, for an attack that takes them.
        index: `(batch,)` integers that number the inputs in their data set,
            0..batch-1 by default. With it, a data set attacked in batches
            gets the same result as attacked at once.
        from_logits: Whether `model` returns logits; `False` takes the
            logarithm of probabilities.

    Output: adversarial inputs of the shape and the kind (NumPy array or
        tensor) of `x`, within the ball and the range. Floating dtypes are
        kept (the attack itself works in float32), integers become float32.
        Inside a traced function (`tf.function`, `strategy.run`, `jax.jit`)
        the attack becomes part of it, with no checks of values.
    """

    # "none", "random", "least_likely" or "given".
    target = "none"
    # Whether an image needs no more steps once it is misclassified.
    stops_when_fooled = False

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        self.norm = one_of(norm, "norm", geometry.NORMS)
        self.bounds = checks.check_bounds(bounds)
        self.eps = checks.check_eps(eps, norm, self.bounds)
        self.seed = integer_seed(seed)
        self.jit_compile = one_of(
            jit_compile, "jit_compile", ("auto", True, False)
        )

    @abc.abstractmethod
    def runs(self, num_classes: int) -> list[Run]:
        """The runs that make up the attack, each on what is left over."""

    @property
    def name(self) -> str:
        """A short name for tables."""
        return type(self).__name__

    def get_config(self) -> dict[str, Any]:
        """All settings, for a record of what was run."""
        return {"name": self.name, **vars(self)}

    def with_eps(self, eps: float) -> "Attack":
        """The same attack in a ball of another radius."""
        other = copy.copy(self)
        other.eps = checks.check_eps(eps, self.norm, self.bounds)
        return other

    def classes_needed(self) -> int:
        """The smallest number of classes for which the attack is defined."""
        return 2

    def check_fits(
        self,
        num_classes: int | None,
        shape: tuple[int | None, ...] | None,
    ) -> None:
        """Raises an error where model or inputs are no match for the attack.

        Args:
            num_classes: Of the model, or `None` where it is not known yet.
            shape: That of one input, or `None` where it is not known yet.
        """
        sizes = [size for size in shape or () if size is not None]
        if self.norm == "l2" and sizes and len(sizes) == len(shape or ()):
            checks.check_l2_radius(self.eps, self.bounds, tuple(sizes))
        if num_classes is not None and num_classes < self.classes_needed():
            raise ValueError(
                f"`{type(self).__name__}` with these arguments needs at least "
                f"{self.classes_needed()} classes. Received: a model with "
                f"{num_classes} classes"
            )

    def __call__(
        self,
        model: keras.Model,
        x: Any,
        y: Any,
        *,
        targets: Any = None,
        index: Any = None,
        from_logits: bool = True,
    ) -> Any:
        if (self.target == "given") != (targets is not None):
            raise ValueError(
                "`targets` must be given to an attack with "
                "`target='given'`, and to no other. Received: "
                f"target={self.target!r}, targets={targets!r}"
            )
        if isinstance(model, Classifier):
            model, from_logits = model.model, model.from_logits
        classifier = ModelFunction(model, from_logits)
        if backend.is_symbolic(x) or backend.is_symbolic(y):
            return trace(self, classifier, x, y, targets, index)
        if hasattr(x, "shape"):
            self.check_fits(None, tuple(x.shape[1:]))
        data, num_classes = prepare(
            classifier, x, y, self.bounds, index, targets
        )
        self.check_fits(num_classes, data["x"].shape[1:])
        return _like(attack_batch(self, classifier, data, num_classes), x)


def prepare(
    classifier: ModelFunction,
    x: Any,
    y: Any,
    bounds: tuple[float, float],
    index: Any = None,
    targets: Any = None,
    names: tuple[str, str] = ("`x`", "`y`"),
) -> tuple[dict[str, np.ndarray], int]:
    """Checks a batch against the model; returns it and the classes' number.

    Args:
        classifier: `ModelFunction`.
        x: Images, see `Attack`.
        y: Labels.
        bounds: The range of the input.
        index: The numbers of the images in their data set, or `None`.
        targets: Classes to reach, or `None`.
        names: How errors name images and labels.
    """
    first = 0 if index is None else index[0]
    x = checks.check_images(x, bounds, names[0], first)
    if y is not None:
        checks.check_label_dtype(checks.as_array(y), names[1])
    model_shape = getattr(classifier.model, "input_shape", None)
    checks.check_shape(x, model_shape, names[0])
    classifier.build(x)
    check_differentiable(classifier, x)
    num_classes = count_classes(classifier, x)
    n = len(x)
    data = {
        "x": x,
        "y": checks.check_labels(y, n, num_classes, names[1]),
        "index": np.asarray(np.arange(n) if index is None else index, "int32"),
    }
    if targets is not None:
        data["target"] = checks.check_labels(targets, n, num_classes)
    return data, num_classes


def count_classes(classifier: ModelFunction, x: np.ndarray) -> int:
    """The number of classes; looks at the outputs of a model once."""

    def probe() -> int:
        logits = ops.convert_to_numpy(
            compiled.logits_function(classifier, x.shape[1:])(x)
        )
        check_outputs(logits, classifier.from_logits)
        return logits.shape[1]

    classifier.build(x)
    return compiled.cached(classifier, ("classes", x.shape[1:]), probe)


def attack_batch(
    attack: Attack,
    classifier: ModelFunction,
    data: dict[str, np.ndarray],
    num_classes: int,
) -> np.ndarray:
    """The strongest adversarial inputs that the runs of an attack find."""
    best: dict[str, np.ndarray] = {}
    n = len(data["y"])
    remaining = np.arange(n)
    for run in attack.runs(num_classes):
        found = pursue(
            run,
            classifier,
            {k: v[remaining] for k, v in data.items()},
            batch_size=n,
            drop_fooled=attack.stops_when_fooled,
        )
        if not best:
            best = found
        else:
            old = {k: v[remaining] for k, v in best.items()}
            better = ops.convert_to_numpy(states.stronger(found, old))
            for key, value in best.items():
                value[remaining[better]] = found[key][better]
        remaining = np.flatnonzero(~best["fooled"])
        if not len(remaining):
            break
    return best["best"]


def trace(attack: Attack, classifier, x, y, targets, index):
    """The attack as a part of a function that is being traced."""
    clean = ops.cast(x, "float32")
    data = {"x": clean, "y": ops.cast(ops.reshape(y, (-1,)), "int32")}
    if index is None:
        index = ops.arange(ops.shape(clean)[0], dtype="int32")
    data["index"] = ops.cast(index, "int32")
    if targets is not None:
        data["target"] = ops.cast(targets, "int32")
    values = classifier.values()
    num_classes = classifier.logits(clean, values, (0, 0)).shape[-1]
    attack.check_fits(num_classes, tuple(clean.shape[1:]))
    best = states.first_state(clean)
    for run in attack.runs(num_classes):
        stages = engine.Engine(classifier, run.attack).traced
        params = run.attack.params(run)
        params["first"] = run.attack.steps_at_start
        params["stop"] = run.attack.num_steps
        shared = {"params": params, "values": values}
        state = stages["start"]({"data": data}, shared)
        state = stages["advance"]({"data": data, "state": state}, shared)
        state = stages["finish"]({"data": data, "state": state}, shared)
        better = states.stronger(state, best)
        wide = geometry.per_image(better, clean)
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


def _like(result, x):
    """`result` in the kind and floating dtype of `x`."""
    if ops.is_tensor(x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        tensor = ops.convert_to_tensor(result)
        return ops.cast(tensor, dtype) if "float" in dtype else tensor
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if dtype.kind == "f" else result
