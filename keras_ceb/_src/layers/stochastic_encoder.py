"""The encoder e(z|x), a Gaussian of unit or of learned variances."""

from typing import Any

import keras
from keras import ops

from keras_ceb._src import backend
from keras_ceb._src import gaussians
from keras_ceb._src.layers import distributions
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import one_of
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer

COVARIANCES = ("unit", "diagonal")


@keras.saving.register_keras_serializable(package="keras_ceb")
class StochasticEncoder(keras.layers.Layer):
    """Adds Gaussian noise to a feature vector, in training only.

    The features are the mean f(x) of the encoder e(z|x) = N(f(x), I). In
    training the layer returns a sample z = f(x) + eps, eps ~ N(0, I); at test
    time it returns the mean. Under a `tf.distribute` strategy every replica
    draws noise of its own.

    With `covariance="diagonal"` the noise has a scale that is learned, as in
    VIB: e(z|x) = N(f(x), diag(s(x)^2)), where s(x) is a dense layer of the
    features, made positive by a softplus. It starts at 1 for all inputs.

    Args:
        z_dim: Size of the encoding. An integer adds a dense projection to
            that size; `None` takes the features as they are, as the paper's
            Listing 2 does with the 2048 features of a ResNet-50.
        covariance: `"unit"`, the paper's, or `"diagonal"`, with a dense layer
            from the features to the `z_dim` scales.
        seed: Integer seed, from 0 to 2**32 - 1, of the noise and of the
            projection's initial values, or `None` for a random one.
        dtype: Defaults to `"float32"` whatever the global policy is: noise
            of unit variance drawn in half precision would bias the residual
            information.
        **kwargs: `name`, `trainable`.

    Call arguments:
        inputs: Features, `[batch, features]`.
        training: Whether to sample. Defaults to `False`.

    Input shape:
        `[batch, features]`.

    Output shape:
        `[batch, z_dim]`, or `[batch, features]` where `z_dim` is `None`.

    Raises:
        ValueError: If `z_dim` is not a positive integer, `covariance` is
            another one, or the features are not of rank 2.

    Example:

    ```python
    encoder = keras_ceb.layers.StochasticEncoder(z_dim=16, seed=0)
    z = encoder(features, training=True)
    ```

    Reference: Fischer and Alemi (2020), section 2.2.
    """

    def __init__(
        self,
        z_dim: int | None = None,
        *,
        covariance: str = "unit",
        seed: int | None = None,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.z_dim = None if z_dim is None else positive_integer(z_dim, "z_dim")
        self.covariance = one_of(covariance, "covariance", COVARIANCES)
        self.seed = seed = optional_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(
            backend.seed_word(seed)
        )
        self.projection = None
        if self.z_dim is not None:
            self.projection = keras.layers.Dense(
                self.z_dim,
                kernel_initializer=keras.initializers.GlorotUniform(seed=seed),
                dtype=self.dtype_policy,
                name="projection",
            )
        self.scale_projection: keras.layers.Dense | None = None

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2 or not input_shape[-1]:
            raise ValueError(
                "`inputs` must be feature vectors of shape [batch, features]. "
                f"Received: shape={tuple(input_shape)}"
            )
        if self.projection is not None:
            self.projection.build(input_shape)
        if self.covariance == "diagonal":
            self.scale_projection = keras.layers.Dense(
                self.z_dim or input_shape[-1],
                kernel_initializer="zeros",
                dtype=self.dtype_policy,
                name="scale_projection",
            )
            self.scale_projection.build(input_shape)
        self.built = True

    def mean(self, inputs: Tensor) -> Tensor:
        """The mean f(x) of e(z|x), `[batch, z_dim]`."""
        if self.projection is None:
            return inputs
        return self.projection(inputs)

    def scale(self, inputs: Tensor) -> Tensor | None:
        """The standard deviations s(x) of e(z|x), `[batch, z_dim]` float32.

        Returns:
            `None` where they are 1, with a unit covariance.
        """
        if self.scale_projection is None:
            return None
        return gaussians.scale_of(self.scale_projection(inputs))

    def noise(self, mean: Tensor) -> Tensor:
        """Standard normal noise eps of the shape and dtype of `mean`."""
        return backend.replica_normal(mean, self.seed_generator)

    def sample(
        self, mean: Tensor, noise: Tensor, scale: Tensor | None = None
    ) -> Tensor:
        """The sample z = f(x) + s(x) eps.

        Args:
            mean: What `mean` returns, `[batch, z_dim]`.
            noise: What `noise` returns, `[batch, z_dim]`.
            scale: What `scale` returns.

        Returns:
            `[batch, z_dim]`, in the dtype of `mean`.
        """
        if scale is not None:
            noise = ops.cast(ops.cast(noise, "float32") * scale, mean.dtype)
        return mean + noise

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        mean = self.mean(inputs)
        if not training:
            return mean
        return self.sample(mean, self.noise(mean), self.scale(inputs))

    def distribution(self, mean: Tensor, scale: Tensor | None = None) -> Any:
        """e(z|x) for a given mean, as a distribution object.

        Args:
            mean: Encoder means, `[batch, z_dim]`.
            scale: Encoder scales, `[batch, z_dim]`; needed where the
                covariance is diagonal.

        Returns:
            TensorFlow Probability's `MultivariateNormalDiag` of batch shape
            `[batch]` and event shape `[z_dim]`; on JAX, that of its JAX
            substrate; on PyTorch, a `torch.distributions.Independent`.

        Raises:
            ValueError: If the scales are missing.
        """
        if scale is None and self.covariance != "unit":
            raise ValueError(
                "`scale` must be given to an encoder of learned variances: "
                "`encoder.scale(features)`. Received: scale=None, "
                f"covariance={self.covariance!r}"
            )
        return distributions.normal(mean, None if scale is None else 1 / scale)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*input_shape[:-1], self.z_dim or input_shape[-1])

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "z_dim": self.z_dim,
            "covariance": self.covariance,
            "seed": self.seed,
        }
