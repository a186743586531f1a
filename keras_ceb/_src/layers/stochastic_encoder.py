"""The encoder e(z|x) = N(f(x), I)."""

from typing import Any

import keras

from keras_ceb._src import backend
from keras_ceb._src.typing import Config
from keras_ceb._src.typing import Shape
from keras_ceb._src.typing import Tensor
from keras_ceb._src.validation import optional_seed
from keras_ceb._src.validation import positive_integer


@keras.saving.register_keras_serializable(package="keras_ceb")
class StochasticEncoder(keras.layers.Layer):
    """Adds unit Gaussian noise to a feature vector, in training only.

    The features are the mean f(x) of the encoder e(z|x) = N(f(x), I). In
    training the layer returns a sample z = f(x) + eps, eps ~ N(0, I); at test
    time it returns the mean. Under a `tf.distribute` strategy every replica
    draws noise of its own.

    Args:
        z_dim: Size of the encoding. An integer adds a dense projection to
            that size; `None` takes the features as they are, as the paper's
            Listing 2 does with the 2048 features of a ResNet-50.
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
        ValueError: If `z_dim` is not a positive integer, or the features
            are not of rank 2.

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
        seed: int | None = None,
        dtype: Any = "float32",
        **kwargs: Any,
    ):
        super().__init__(dtype=dtype, **kwargs)
        self.z_dim = None if z_dim is None else positive_integer(z_dim, "z_dim")
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

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 2 or not input_shape[-1]:
            raise ValueError(
                "`inputs` must be feature vectors of shape [batch, features]. "
                f"Received: shape={tuple(input_shape)}"
            )
        if self.projection is not None:
            self.projection.build(input_shape)
        self.built = True

    def mean(self, inputs: Tensor) -> Tensor:
        """The mean f(x) of e(z|x), `[batch, z_dim]`."""
        if self.projection is None:
            return inputs
        return self.projection(inputs)

    def noise(self, mean: Tensor) -> Tensor:
        """Standard normal noise eps of the shape and dtype of `mean`."""
        return backend.replica_normal(mean, self.seed_generator)

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        mean = self.mean(inputs)
        if not training:
            return mean
        return mean + self.noise(mean)

    def distribution(self, mean: Tensor) -> Any:
        """e(z|x) for a given mean, as a distribution object.

        Args:
            mean: Encoder means, `[batch, z_dim]`.

        Returns:
            TensorFlow Probability's `MultivariateNormalDiag` of batch shape
            `[batch]` and event shape `[z_dim]`; on JAX, that of its JAX
            substrate; on PyTorch, a `torch.distributions.Independent`.
        """
        return backend.unit_normal(mean)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        return (*input_shape[:-1], self.z_dim or input_shape[-1])

    def get_config(self) -> Config:
        return {
            **super().get_config(),
            "z_dim": self.z_dim,
            "seed": self.seed,
        }
