"""The class-conditional marginal b(z|y) = N(mu_y, I)."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.targets import are_integers
from keras_ceb._src.targets import standardize
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class ClassConditionalMarginal(keras.layers.Layer):
    """Maps labels to the learned mean of their class.

    The marginal (or backward encoder) b(z|y) = N(mu_y, I) has `z_dim` numbers
    per class and no bias. For integer labels the means are looked up. For
    target probabilities p(y), as label smoothing, MixUp and CutMix make them,
    the layer returns the mean of the means, sum_y p(y) mu_y: the marginal of
    a mixed label is one unit Gaussian between those of its classes. With one
    class the layer is the unconditional marginal of VIB.

    Args:
        num_classes: Number of classes.
        z_dim: Size of the encoding. `CEBModel` fills in `None` when it is
            built; elsewhere an integer is needed.
        means_initializer: Initializer of the means. Defaults to that of the
            paper's Listing 2, which writes the means as a Keras dense layer.
        means_regularizer: Regularizer of the means.
        dtype: Defaults to `"float32"` whatever the global policy is.
        **kwargs: `name`, `trainable`.

    Call arguments:
        labels: Integers in 0..num_classes-1, `[batch]` or `[batch, 1]`, or
            target probabilities `[batch, num_classes]`.

    Output shape:
        `[batch, z_dim]`.

    Raises:
        ValueError: If `num_classes` or `z_dim` is not a positive integer, or
            the labels have another shape or type.

    Example:

    ```python
    marginal = keras_ceb.layers.ClassConditionalMarginal(10, z_dim=16)
    mu = marginal(np.array([3, 1, 4]))
    mu.shape  # (3, 16)
    ```

    Reference: Fischer and Alemi (2020), section 2.2 and Listing 2.
    """

    def __init__(
        self,
        num_classes: int,
        z_dim: int | None = None,
        *,
        means_initializer: Any = "glorot_uniform",
        means_regularizer: Any = None,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.num_classes = positive_integer(num_classes, "num_classes")
        self.z_dim = None if z_dim is None else positive_integer(z_dim, "z_dim")
        self.means_initializer = keras.initializers.get(means_initializer)
        self.means_regularizer = keras.regularizers.get(means_regularizer)

    def build(self, input_shape: Any = None) -> None:
        if self.z_dim is None:
            raise ValueError(
                "`z_dim` must be given to a `ClassConditionalMarginal` that "
                "is used outside of a `CEBModel`. Received: z_dim=None"
            )
        self.means = self.add_weight(
            name="means",
            shape=(self.num_classes, self.z_dim),
            initializer=self.means_initializer,
            regularizer=self.means_regularizer,
        )
        self.built = True

    def call(self, labels: Tensor) -> Tensor:
        targets = standardize(labels, self.num_classes)
        if are_integers(targets):
            # On TensorFlow the gradient of a look-up in a variable is a
            # `tf.IndexedSlices` with a row per example, and Keras's optimizers
            # do not add up the rows of a class: second moments, clipping and
            # loss scaling are wrong. That of a look-up in a product is dense.
            return ops.take(1.0 * self.means, targets, axis=0)
        return ops.matmul(ops.cast(targets, self.means.dtype), self.means)

    def distribution(self, labels: Any) -> Any:
        """b(z|y) for given labels, as a TensorFlow Probability object.

        Args:
            labels: As for the call.

        Returns:
            A `MultivariateNormalDiag` of batch shape `[batch]` and event
            shape `[z_dim]`; on JAX, that of TensorFlow Probability's JAX
            substrate.
        """
        return backend.unit_normal(self(labels))

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (input_shape[0], self.z_dim)

    def compute_output_spec(self, labels: Tensor) -> keras.KerasTensor:
        return keras.KerasTensor(
            self.compute_output_shape(labels.shape), dtype=self.compute_dtype
        )

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "num_classes": self.num_classes,
            "z_dim": self.z_dim,
            "means_initializer": keras.initializers.serialize(
                self.means_initializer
            ),
            "means_regularizer": keras.regularizers.serialize(
                self.means_regularizer
            ),
        }
