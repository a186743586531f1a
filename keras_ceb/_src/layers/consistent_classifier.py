"""The consistent classifier c(y|z) = softmax(log b(z|y) + log p(y))."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import objective
from keras_ceb._src.layers.class_conditional_marginal import (
    ClassConditionalMarginal,
)
from keras_ceb._src.saving.revived import revived
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor


@keras.saving.register_keras_serializable(package="keras_ceb")
class ConsistentClassifier(keras.layers.Layer):
    """Classifies by Bayes' rule with the class-conditional marginal.

    It has no weights of its own: the logits are log b(z|y) + log p(y), up to
    a constant that all classes share, so it cannot disagree with the marginal
    about which class a region of the encoding space belongs to.

    Args:
        marginal: The `ClassConditionalMarginal` whose density it uses, of any
            covariance and number of components. The layer is shared, not
            copied.
        class_prior: Probabilities p(y), `[num_classes]`, or `None` where the
            labels are uniformly distributed. A class of probability 0 gets
            the smallest float32 instead, so that logits stay finite.
        dtype: Defaults to `"float32"` whatever the global policy is.
        **kwargs: `name`, `trainable`.

    Call arguments:
        z: Encodings, `[batch, z_dim]`.

    Output shape:
        Logits, `[batch, num_classes]`, float32.

    Raises:
        TypeError: If `marginal` is not a `ClassConditionalMarginal`.
        ValueError: If `class_prior` has another length than the classes, a
            negative entry, or does not sum to 1.

    Example:

    ```python
    marginal = keras_ceb.layers.ClassConditionalMarginal(10, z_dim=16)
    classifier = keras_ceb.layers.ConsistentClassifier(marginal)
    logits = classifier(z)
    ```

    Reference: Fischer and Alemi (2020), section 2.3, equation 11.
    """

    def __init__(
        self,
        marginal: ClassConditionalMarginal,
        class_prior: Sequence[float] | None = None,
        *,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, **kwargs)
        if not isinstance(marginal, ClassConditionalMarginal):
            raise TypeError(
                "`marginal` must be a `ClassConditionalMarginal`. "
                f"Received: marginal={marginal!r}"
            )
        self.marginal = marginal
        self.class_prior = _probabilities(class_prior, marginal.num_classes)

    def build(self, input_shape: Any) -> None:
        if not self.marginal.built:
            if self.marginal.z_dim is None:
                self.marginal.z_dim = input_shape[-1]
            self.marginal.build((None,))
        if input_shape[-1] != self.marginal.z_dim:
            raise ValueError(
                "`z` must have the `z_dim` of the marginal, "
                f"{self.marginal.z_dim}. Received: shape={tuple(input_shape)}"
            )
        self.built = True

    def call(self, z: Tensor) -> Tensor:
        log_prior = None
        if self.class_prior is not None:
            smallest = np.finfo("float32").tiny
            log_prior = np.log(np.maximum(self.class_prior, smallest))
        if self.marginal.is_unit:
            means = self.marginal.means
            return objective.consistent_logits(z, means, log_prior)
        logits = self.marginal.relative_log_prob(z)
        if log_prior is None:
            return logits
        return logits + ops.cast(log_prior, "float32")

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0], self.marginal.num_classes)

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "marginal": keras.saving.serialize_keras_object(self.marginal),
            "class_prior": self.class_prior,
        }

    @classmethod
    def from_config(cls, config: Config) -> "ConsistentClassifier":
        return cls(**revived(config))


def _probabilities(
    class_prior: Sequence[float] | None, num_classes: int
) -> list[float] | None:
    """`class_prior` as a list of floats, if it is a distribution."""
    if class_prior is None:
        return None
    prior = np.asarray(class_prior, dtype="float64")
    if (
        prior.shape != (num_classes,)
        or not np.all(prior >= 0.0)
        or abs(prior.sum() - 1.0) > 1e-4
    ):
        raise ValueError(
            f"`class_prior` must be {num_classes} probabilities, one per "
            "class, none of them negative, that sum to 1. "
            f"Received: class_prior={class_prior!r} of shape {prior.shape} "
            f"and sum {prior.sum():g}"
        )
    return [float(probability) for probability in prior]
