"""The base class of attacks: `attack(classifier, x, y)` perturbs `x`."""

import abc
import dataclasses
from typing import Any
from typing import ClassVar
from typing import TypeVar

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.attacks import ball
from keras_ceb._src.robustness.attacks import names
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.strongest import strongest
from keras_ceb._src.robustness.attacks.strongest import traced_strongest
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.prepare import prepare
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of

Self = TypeVar("Self", bound="Attack")


@dataclasses.dataclass(frozen=True)
class Attack(abc.ABC):
    """Base class of the attacks on Keras classifiers.

    An attack is a frozen dataclass: attacks with equal settings are equal,
    and `dataclasses.replace(attack, eps=0.1)` is the same attack with another
    radius. It consists of a list of runs. All random numbers depend only on
    the seed and on the index of the image, so the result does not depend on
    the batch size.

    Args:
        norm: One of `norms`, which are `"linf"` and `"l2"` for most attacks.
        eps: Radius of the ball around the clean input, in the units of the
            classifier's range: 8/255 for images in 0..1, 8 for images in
            0..255.

    Call arguments:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1, see `Classifier`.
        x: `(batch, ...)` inputs within `bounds`: array or tensor.
        y: Labels: integers of shape `(batch,)` or `(batch, 1)`, or one-hot.
        targets: Target classes, in the form of `y`, for an attack with
            `target="given"`.
        index: `(batch,)` integers, the index of each input in its data set;
            0..batch-1 by default. With it, attacking a data set in batches
            gives the same result as attacking it at once.

    Output: adversarial inputs of the shape and the kind (NumPy array or
        tensor) of `x`, within the ball and the range. Floating dtypes are
        kept (the attack itself works in float32), integers become float32.
        Inside a traced function (`tf.function`, `strategy.run`, `jax.jit`)
        the attack becomes part of it, with no checks of values.
    """

    norm: str = "linf"
    eps: float = 8 / 255

    # The norms that the attack has.
    norms: ClassVar[tuple[str, ...]] = ball.NORMS
    # "none", "random", "least_likely" or "given".
    target = "none"
    # Whether an image is finished once it is misclassified.
    stops_when_fooled = False

    def __post_init__(self) -> None:
        one_of(self.norm, "norm", self.norms)
        self._set(eps=checks.check_radius(self.eps))

    def _set(self, **values: Any) -> None:
        """Sets fields of the frozen dataclass, for `__post_init__`."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @abc.abstractmethod
    def runs(self, num_classes: int) -> list[Run]:
        """The runs of the attack, each on images not yet misclassified."""

    @property
    def title(self) -> str:
        """The kind of attack, the first part of its name."""
        return type(self).__name__

    @property
    def told_by_title(self) -> tuple[str, ...]:
        """The settings that the title includes."""
        return ()

    @property
    def name(self) -> str:
        """A short name for tables, with each setting that is not the default.

        Attacks with the same name differ only in `norm` and `eps`, for which
        tables have their own columns.
        """
        told = (*names.COLUMNS, *self.told_by_title)
        unusual = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.init
            and field.name not in told
            and getattr(self, field.name) != field.default
        }
        return names.with_settings(self.title, unusual)

    def with_radius(self: Self, eps: float) -> Self:
        """The same attack with another radius."""
        return dataclasses.replace(self, eps=eps)

    def get_config(self) -> dict[str, Any]:
        """The arguments of the constructor."""
        return {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.init
        }

    @classmethod
    def from_config(cls: type[Self], config: dict[str, Any]) -> Self:
        """The attack with the arguments `config`, see `get_config`."""
        return cls(**config)

    def describe(self) -> dict[str, Any]:
        """Name and settings as plain values, to record what was run."""
        return {
            "name": self.name,
            "norm": self.norm,
            "eps": self.eps,
            **self.get_config(),
        }

    def classes_needed(self) -> int:
        """The smallest number of classes for which the attack is defined."""
        return 2

    def check_fits(
        self,
        bounds: tuple[float, float],
        num_classes: int | None = None,
        shape: tuple[int | None, ...] | None = None,
    ) -> None:
        """Raises an error if the attack does not fit the model or the inputs.

        Args:
            bounds: The range of the inputs.
            num_classes: Number of classes, or `None` if not known yet.
            shape: Shape of one input, or `None` if not known yet.
        """
        checks.check_eps(self.eps, self.norm, bounds)
        sizes = [size for size in shape or () if size is not None]
        if self.norm == "l2" and sizes and len(sizes) == len(shape or ()):
            checks.check_l2_radius(self.eps, bounds, tuple(sizes))
        if num_classes is not None and num_classes < self.classes_needed():
            raise ValueError(
                f"`model` must have at least {self.classes_needed()} classes "
                f"for `{type(self).__name__}` with these arguments. Received: "
                f"a model with {num_classes} classes"
            )

    def __call__(
        self,
        model: keras.Model | Classifier,
        x: Tensor,
        y: Tensor,
        *,
        targets: Tensor | None = None,
        index: Tensor | None = None,
    ) -> Tensor:
        if (self.target == "given") != (targets is not None):
            raise ValueError(
                "`targets` must be given to an attack with "
                "`target='given'`, and to no other. Received: "
                f"target={self.target!r}, targets={targets!r}"
            )
        classifier = as_classifier(model)
        if backend.is_symbolic(x) or backend.is_symbolic(y):
            return traced_strongest(self, classifier, x, y, targets, index)
        shape = tuple(x.shape[1:]) if hasattr(x, "shape") else None
        self.check_fits(classifier.bounds, None, shape)
        data, num_classes = prepare(classifier, x, y, index, targets)
        self.check_fits(classifier.bounds, num_classes, data["x"].shape[1:])
        return _like(strongest(self, classifier, data, num_classes), x)


def _like(result: np.ndarray, x: Tensor) -> Tensor:
    """`result` as the kind of array that `x` is, in its floating dtype."""
    if ops.is_tensor(x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        tensor = ops.convert_to_tensor(result)
        return ops.cast(tensor, dtype) if "float" in dtype else tensor
    dtype = np.asarray(x).dtype
    return result.astype(dtype) if dtype.kind == "f" else result
