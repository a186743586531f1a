"""The class-conditional marginal b(z|y), a Gaussian or a mixture of them."""

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from keras_ceb._src import gaussians
from keras_ceb._src import objective
from keras_ceb._src.layers import distributions
from keras_ceb._src.targets import are_integers
from keras_ceb._src.targets import standardize
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import positive_integer

COVARIANCES = ("unit", "diagonal", "full")
# A full covariance has a matrix per class and component, which is formed for
# each example of a batch: 67 MB for 1024 examples at this size.
LARGEST_FULL_Z_DIM = 128


@keras.saving.register_keras_serializable(package="keras_ceb")
class ClassConditionalMarginal(keras.layers.Layer):
    """Maps labels to the learned mean of their class.

    The marginal (or backward encoder) b(z|y) = N(mu_y, I) of the paper has
    `z_dim` numbers per class and no bias. For integer labels the means are
    looked up. For target probabilities p(y), as label smoothing, MixUp and
    CutMix make them, the layer returns the mean of the means,
    sum_y p(y) mu_y: the marginal of a mixed label is one Gaussian between
    those of its classes, whose covariance has the mean of their parameters.
    With one class the layer is the unconditional marginal of VIB.

    A learned covariance starts at the identity. With `components` above 1
    the marginal of a class is a mixture, b(z|y) = sum_k pi_yk N(mu_yk, T_yk),
    that of a mixed label sum_y p(y) b(z|y), and the call returns its mean.

    Args:
        num_classes: Number of classes.
        z_dim: Size of the encoding. `CEBModel` fills in `None` when it is
            built; elsewhere an integer is needed.
        covariance: `"unit"`, the paper's; `"diagonal"`, with `z_dim` learned
            scales per class and component; or `"full"`, with a learned
            `z_dim` x `z_dim` matrix each, for a `z_dim` of at most 128.
        components: Number of Gaussians per class.
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
        ValueError: If `num_classes`, `z_dim` or `components` is not a
            positive integer, `covariance` is another one, `z_dim` is too
            large for a full covariance, or the labels have another shape or
            type.

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
        covariance: str = "unit",
        components: int = 1,
        means_initializer: Any = "glorot_uniform",
        means_regularizer: Any = None,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.num_classes = positive_integer(num_classes, "num_classes")
        self.z_dim = None if z_dim is None else positive_integer(z_dim, "z_dim")
        self.covariance = one_of(covariance, "covariance", COVARIANCES)
        self.components = positive_integer(components, "components")
        self.means_initializer = keras.initializers.get(means_initializer)
        self.means_regularizer = keras.regularizers.get(means_regularizer)
        self.scales = self.component_logits = None
        self._check_size()

    def build(self, input_shape: Any = None) -> None:
        if self.z_dim is None:
            raise ValueError(
                "`z_dim` must be given to a `ClassConditionalMarginal` that "
                "is used outside of a `CEBModel`. Received: z_dim=None"
            )
        self._check_size()
        # Row y * components + k is component k of class y.
        shape: Shape = (self.num_classes * self.components, self.z_dim)
        self.means = self.add_weight(
            name="means",
            shape=shape,
            initializer=self.means_initializer,
            regularizer=self.means_regularizer,
        )
        if self.covariance != "unit":
            if self.covariance == "full":
                shape = (*shape, self.z_dim)
            self.scales = self.add_weight(
                name="scales", shape=shape, initializer="zeros"
            )
        if self.components > 1:
            self.component_logits = self.add_weight(
                name="component_logits",
                shape=(self.num_classes, self.components),
                initializer="zeros",
            )
        self.built = True

    def _check_size(self) -> None:
        z_dim = self.z_dim or 1
        if self.covariance == "full" and z_dim > LARGEST_FULL_Z_DIM:
            gigabytes = 4e-9 * self.num_classes * self.components * z_dim**2
            raise ValueError(
                f"`z_dim` must be at most {LARGEST_FULL_Z_DIM} with a full "
                "covariance, which has a z_dim x z_dim matrix per class and "
                f"component: {gigabytes:.2g} GB of weights here, and as much "
                "for the optimizer's copies of them. Use a smaller `z_dim` or "
                f"covariance='diagonal'. Received: z_dim={z_dim}"
            )

    @property
    def is_unit(self) -> bool:
        """Whether each class has the paper's one Gaussian of unit variance."""
        return self.covariance == "unit" and self.components == 1

    def call(self, labels: Tensor) -> Tensor:
        targets = standardize(labels, self.num_classes)
        if self.components == 1:
            return self._of_labels(self.means, targets)
        weights = ops.softmax(self.component_logits, axis=-1)
        parts = (self.num_classes, self.components, self.z_dim)
        means = ops.reshape(self.means, parts)
        return self._of_labels(
            ops.sum(ops.expand_dims(weights, -1) * means, axis=1), targets
        )

    def _of_labels(self, weight: Tensor, targets: Tensor) -> Tensor:
        """The rows of labels, or their mean under target probabilities."""
        if are_integers(targets):
            # On TensorFlow the gradient of a look-up in a variable is a
            # `tf.IndexedSlices` with a row per example, and Keras's optimizers
            # do not add up the rows of a class: second moments, clipping and
            # loss scaling are wrong. That of a look-up in a product is dense.
            return ops.take(1.0 * weight, targets, axis=0)
        targets = ops.cast(targets, weight.dtype)
        rows = ops.matmul(targets, ops.reshape(weight, (self.num_classes, -1)))
        return ops.reshape(rows, (-1, *weight.shape[1:]))

    def _factor(self, parameter: Tensor | None) -> Tensor | None:
        """The factors of the precisions of rows; see `gaussians`."""
        if parameter is None:
            return None
        if self.covariance == "full":
            return gaussians.triangular_factor(parameter)
        return 1.0 / gaussians.scale_of(parameter)

    def _log_weights(self) -> Tensor:
        """ln pi_yk, `[num_classes, components]`."""
        logits = self.component_logits
        if logits is None:
            return ops.zeros((self.num_classes, 1), "float32")
        return ops.log_softmax(ops.cast(logits, "float32"), axis=-1)

    def relative_log_prob(
        self, z: Tensor, variance: Tensor | None = None
    ) -> Tensor:
        """log b(z|y) for all classes, up to a term that they share.

        What Bayes' rule needs: the shared term changes no probability and
        costs float32 digits.

        Args:
            z: Encodings, `[batch, z_dim]`.
            variance: `[batch, z_dim]`, for the expectation of each component
                under N(z, diag(variance)) in place of its value at z.

        Returns:
            Nats, `[batch, num_classes]`, float32.
        """
        densities = gaussians.relative_log_densities(
            z, self.means, self._factor(self.scales), variance
        )
        if self.components == 1:
            return densities
        return gaussians.mixture_log_densities(densities, self._log_weights())

    def log_prob(self, z: Tensor) -> Tensor:
        """log b(z|y) for all classes.

        Args:
            z: Encodings, `[batch, z_dim]`.

        Returns:
            Nats, `[batch, num_classes]`, float32.
        """
        shared = gaussians.shared_log_density(z, self._factor(self.scales))
        shared = shared - 0.5 * z.shape[-1] * math.log(2.0 * math.pi)
        return self.relative_log_prob(z) + ops.expand_dims(shared, -1)

    def residual_information(
        self,
        labels: Any,
        mean: Tensor,
        scale: Tensor | None = None,
        noise: Tensor | None = None,
    ) -> Tensor:
        """Residual information of each example, a bound on I(X;Z|Y).

        Between an encoder and a marginal of unit variance, the paper's
        log-ratio at the sample, or the divergence without noise: see
        `keras_ceb.objective.residual_information`. With a learned covariance
        the divergence, in training too, as its gradient has no noise. With
        several components, which have no closed form, the log-ratio
        log e(z|x) - log b(z|y) at the sample z = mean + scale noise; without
        noise an upper bound on its expectation,
        -ln sum_k pi_yk exp(-KL(e(z|x), N(mu_yk, T_yk))), which is exact for
        one component.

        Args:
            labels: As for the call, or `None` for those of a marginal of one
                class.
            mean: Encoder means f(x), `[batch, z_dim]`.
            scale: Encoder scales, `[batch, z_dim]`, or `None` for ones.
            noise: Standard normal noise of the sample, `[batch, z_dim]`, or
                `None`.

        Returns:
            Nats, `[batch]`, float32.

        Reference: equation 9; Hershey and Olsen (2007), equation 20, for the
        bound.
        """
        targets = self._targets(labels)
        if self.components > 1:
            return self._mixture_residual(targets, mean, scale, noise)
        means, scales = self.means, self.scales
        if targets is not None:
            means = self._of_labels(means, targets)
        if scales is None and scale is None:
            return objective.residual_information(mean, means, noise)
        if targets is not None and scales is not None:
            scales = self._of_labels(scales, targets)
        return gaussians.divergence(mean, scale, means, self._factor(scales))

    def _mixture_residual(
        self,
        targets: Tensor | None,
        mean: Tensor,
        scale: Tensor | None,
        noise: Tensor | None,
    ) -> Tensor:
        z = mean = ops.cast(mean, "float32")
        variance = None
        if noise is None:
            variance = ops.ones_like(mean) if scale is None else scale**2
        else:
            z = mean + (noise if scale is None else scale * noise)
        log_b = self.relative_log_prob(z, variance)
        if targets is None:
            log_b = log_b[:, 0]
        elif are_integers(targets):
            targets = ops.expand_dims(targets, -1)
            log_b = ops.squeeze(ops.take_along_axis(log_b, targets, 1), -1)
        else:
            smallest = np.finfo("float32").tiny
            # A class without a target probability adds nothing, however likely
            # z is under it.
            log_targets = ops.where(
                targets > 0.0, ops.log(ops.maximum(targets, smallest)), -1e30
            )
            log_b = ops.logsumexp(log_b + log_targets, axis=-1)
        factor = self._factor(self.scales)
        return (
            gaussians.log_encoder(mean, scale, noise)
            - gaussians.shared_log_density(z, factor, variance)
            - log_b
        )

    def _targets(self, labels: Any) -> Tensor | None:
        if labels is not None:
            return standardize(labels, self.num_classes)
        if self.num_classes > 1:
            raise ValueError(
                "`labels` must be given to a marginal of several classes. "
                f"Received: labels=None, num_classes={self.num_classes}"
            )
        return None

    def distribution(self, labels: Any) -> Any:
        """b(z|y) for given labels, as a distribution object.

        Args:
            labels: As for the call.

        Returns:
            A distribution of batch shape `[batch]` and event shape `[z_dim]`:
            a `MultivariateNormalDiag`, a `MultivariateNormalTriL` where the
            covariance is full, or a `MixtureSameFamily` of them, from
            TensorFlow Probability; on JAX, from its JAX substrate; on
            PyTorch, their like in `torch.distributions`.
        """
        if not self.built:
            self.build()
        targets = standardize(labels, self.num_classes)
        if self.components == 1:
            scales = self.scales
            if scales is not None:
                scales = self._factor(self._of_labels(scales, targets))
            means = self._of_labels(self.means, targets)
            return distributions.normal(means, scales)
        if are_integers(targets):
            targets = ops.one_hot(targets, self.num_classes)
        # Each example gets all components of all classes, those of other
        # classes with the weight 0.
        log_weights = ops.expand_dims(ops.log(targets), -1)
        log_weights = ops.reshape(
            log_weights + self._log_weights(), (-1, self.means.shape[0])
        )
        means = ops.expand_dims(self.means, 0)
        factor = self._factor(self.scales)
        if factor is not None:
            factor = ops.expand_dims(factor, 0)
        return distributions.mixture(
            log_weights, distributions.normal(means, factor)
        )

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
            "covariance": self.covariance,
            "components": self.components,
            "means_initializer": keras.initializers.serialize(
                self.means_initializer
            ),
            "means_regularizer": keras.regularizers.serialize(
                self.means_regularizer
            ),
        }
