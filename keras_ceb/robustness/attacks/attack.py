"""The protocol of an attack: `attack(model, x, y)` gives adversarial `x`."""

import abc
import dataclasses
import warnings
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb import backend
from keras_ceb.robustness import checks
from keras_ceb.robustness.attacks import engine
from keras_ceb.robustness.attacks import geometry
from keras_ceb.robustness.classifier import Classifier


@dataclasses.dataclass(frozen=True)
class Run:
    """One start of one attack, the unit of work on a batch of images.

    Attributes:
        attack: The attack to run.
        number: Which restart it is; each draws its own random numbers.
        target_rank: For attacks on several targets, the rank of the target
            among the wrong classes, 0 for the most likely one.
    """

    attack: "Attack"
    number: int = 0
    target_rank: int = 0


class Attack(abc.ABC):
    """Base class of the attacks on Keras classifiers.

    An attack is three functions of tensors: `start`, `step` and `finish`. The
    loop over the steps runs inside one compiled function, built once for a
    model; radius, step size, range, seed and the weights of the model are its
    arguments. All random numbers depend on the seed and on the number of the
    image only, so a result does not depend on the batch size.

    Args:
        norm: `"linf"` or `"l2"`.
        eps: Radius of the ball around the clean input, in the units of the
            input: 8/255 for images in 0..1, 8 for images in 0..255.
        bounds: Pair of numbers, the range of the input.
        seed: Integer, the seed of every random number.
        jit_compile: Whether to compile with XLA on TensorFlow. `"auto"` does
            so where a GPU or TPU is visible and the model supports it; on a
            CPU XLA is several times slower. On JAX XLA always compiles.

    Call arguments:
        model: Keras model that returns `(batch, num_classes)` logits.
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

    # Over how many draws of a stochastic model gradients are averaged.
    samples = 1
    # "none", "random", "least_likely" or "given".
    target = "none"

    def __init__(
        self,
        norm: str = "linf",
        eps: float = 8 / 255,
        *,
        bounds: tuple[float, float] = (0.0, 1.0),
        seed: int = 0,
        jit_compile: bool | str = "auto",
    ):
        self.norm = checks.check_choice("norm", norm, geometry.NORMS)
        self.bounds = checks.check_bounds(bounds)
        self.eps = checks.check_eps(eps, norm, self.bounds)
        self.seed = int(seed)
        self.jit_compile = checks.check_choice(
            "jit_compile", jit_compile, ("auto", True, False)
        )

    # What a subclass defines.

    num_steps: int

    @abc.abstractmethod
    def start(self, oracle: engine.Oracle, data: Any, params: Any) -> Any:
        """The state before the first step, a dict of `[n, ...]` tensors."""

    @abc.abstractmethod
    def step(
        self, oracle: engine.Oracle, data: Any, params: Any, state: Any, i: Any
    ) -> Any:
        """The state after step `i`."""

    def finish(
        self, oracle: engine.Oracle, data: Any, params: Any, state: Any
    ) -> Any:
        """The state after the last iterate was judged."""
        return state

    def static_key(self) -> tuple:
        """What is built into the compiled code, and nothing else."""
        return (type(self), self.norm, self.samples, self.use_xla())

    def params(self, run: Run) -> dict[str, Any]:
        """The numbers that the compiled code takes as arguments."""
        return {
            "eps": np.float32(self.eps),
            "lower": np.float32(self.bounds[0]),
            "upper": np.float32(self.bounds[1]),
            "seed": np.uint32(self.seed % 2**32),
            "run": np.int32(run.number),
        }

    def classes_needed(self) -> int:
        """The smallest number of classes for which the attack is defined."""
        return 2

    def runs(self) -> list[Run]:
        """The runs that make up the attack, each on what is left over."""
        return [Run(self)]

    # What they share.

    def check_classes(self, num_classes: int) -> None:
        """Raises an error where the attack needs more classes."""
        if num_classes < self.classes_needed():
            raise ValueError(
                f"`{type(self).__name__}` with these arguments needs at least "
                f"{self.classes_needed()} classes. Received: a model with "
                f"{num_classes} classes"
            )

    def use_xla(self) -> bool:
        if self.jit_compile == "auto":
            return backend.has_accelerator()
        return bool(self.jit_compile)

    def project(self, x: Any, data: Any, params: Any) -> Any:
        """`x`, projected on the ball and clipped to the range."""
        bounds = (params["lower"], params["upper"])
        return geometry.project(x, data["x"], params["eps"], bounds, self.norm)

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
        classifier = Classifier(model, from_logits)
        if backend.is_symbolic(x) or backend.is_symbolic(y):
            return self._trace(classifier, x, y, targets, index)
        batch = prepare(classifier, x, y, self.bounds, index, targets)
        self.check_classes(batch.num_classes)
        best = attack_batch(self, classifier, batch)
        return _like(best, x)

    def _trace(self, classifier, x, y, targets, index):
        """The attack as part of a function that is being traced."""
        clean = ops.cast(x, "float32")
        data = {"x": clean, "y": ops.cast(ops.reshape(y, (-1,)), "int32")}
        if index is None:
            index = ops.arange(ops.shape(clean)[0], dtype="int32")
        data["index"] = ops.cast(index, "int32")
        if targets is not None:
            data["target"] = ops.cast(targets, "int32")
        best = engine.first_state(clean)
        for run in self.runs():
            stages = engine.Engine(classifier, run.attack).traced
            params = run.attack.params(run)
            params.update(first=0, stop=run.attack.num_steps)
            shared = {"params": params, "values": classifier.values()}
            state = stages["start"]({"data": data}, shared)
            state = stages["advance"]({"data": data, "state": state}, shared)
            state = stages["finish"]({"data": data, "state": state}, shared)
            best = _stronger(best, state)
        return ops.cast(best["best"], x.dtype)


@dataclasses.dataclass(frozen=True)
class Batch:
    """Checked inputs: `data` holds x, y, index and possibly target."""

    data: dict[str, np.ndarray]
    num_classes: int


def prepare(
    classifier: Classifier,
    x: Any,
    y: Any,
    bounds: tuple[float, float],
    index: Any = None,
    targets: Any = None,
) -> Batch:
    """Checks a batch against the model and brings it into one form."""
    x = checks.check_images(x, bounds)
    num_classes = count_classes(classifier, x)
    n = len(x)
    data = {
        "x": x,
        "y": checks.check_labels(y, n, num_classes),
        "index": np.asarray(np.arange(n) if index is None else index, "int32"),
    }
    if targets is not None:
        data["target"] = checks.check_labels(targets, n, num_classes)
    return Batch(data, num_classes)


def count_classes(classifier: Classifier, x: np.ndarray) -> int:
    """The number of classes; looks at the outputs of a model once."""

    def probe() -> int:
        outputs = engine.logits_function(classifier, x.shape[1:])(x)
        if classifier.from_logits and checks.looks_like_probabilities(outputs):
            warnings.warn(
                "The outputs of `model` lie in [0, 1] and sum to 1: they look "
                "like probabilities, whose softmax would hide gradients. Pass "
                "`from_logits=False`, or a model that returns logits.",
                stacklevel=5,
            )
        return outputs.shape[1]

    model = classifier.model
    if not model.built:
        model(x[:1], training=False)
    key = ("classes", x.shape[1:], classifier.from_logits)
    return engine._cached(model, key, probe)


def attack_batch(
    attack: Attack, classifier: Classifier, batch: Batch
) -> np.ndarray:
    """The strongest adversarial inputs that the runs of an attack find."""
    best: dict[str, np.ndarray] = {}
    remaining = np.arange(len(batch.data["y"]))
    for run in attack.runs():
        data = {k: v[remaining] for k, v in batch.data.items()}
        state = run_on(run, classifier, data)
        checks.check_logits(np.where(state["nan"], np.nan, 0.0), data["index"])
        if not best:
            best = {k: state[k].copy() for k in ("best", "best_loss", "fooled")}
        else:
            old = {k: v[remaining] for k, v in best.items()}
            new = _stronger(old, state)
            for key in best:
                best[key][remaining] = ops.convert_to_numpy(new[key])
        remaining = np.flatnonzero(~best["fooled"])
        if not len(remaining):
            break
    return best["best"]


def run_on(
    run: Run, classifier: Classifier, data: dict[str, np.ndarray]
) -> dict[str, np.ndarray]:
    """The final state of one run on a batch, as NumPy arrays."""
    stages = engine.engine_for(classifier, run.attack, data)
    params = run.attack.params(run)
    state = stages.start(data, params)
    state = stages.advance(data, state, params, 0, run.attack.num_steps)
    state = stages.finish(data, state, params)
    return {k: ops.convert_to_numpy(v) for k, v in state.items()}


def _stronger(old, new):
    """For each image the better of two states, fooled ones first."""
    better = ops.logical_or(
        ops.logical_and(new["fooled"], ops.logical_not(old["fooled"])),
        ops.logical_and(
            ops.equal(new["fooled"], old["fooled"]),
            new["best_loss"] > old["best_loss"],
        ),
    )
    keep = geometry.per_image(better, new["best"])
    return {
        "best": ops.where(keep, new["best"], old["best"]),
        "best_loss": ops.where(better, new["best_loss"], old["best_loss"]),
        "fooled": ops.logical_or(new["fooled"], old["fooled"]),
    }


def _like(result, x):
    """`result` in the kind and floating dtype of `x`."""
    if ops.is_tensor(x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        tensor = ops.convert_to_tensor(result)
        return ops.cast(tensor, dtype) if "float" in dtype else tensor
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if dtype.kind == "f" else result
