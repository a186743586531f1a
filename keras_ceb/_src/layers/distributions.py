"""Encoders and marginals as distribution objects."""

from typing import Any

from keras import ops

from keras_ceb._src import backend
from keras_ceb._src.typing import Tensor


def normal(mean: Tensor, factor: Tensor | None = None) -> Any:
    """A Gaussian with a factor of its precision; see `gaussians`.

    Args:
        mean: `[..., z_dim]`.
        factor: `None`, or as many rows as `mean` has of one over the scales,
            `[..., z_dim]`, or of triangular factors, `[..., z_dim, z_dim]`.

    Returns:
        A `MultivariateNormalDiag` or `MultivariateNormalTriL`.
    """
    if factor is None:
        return backend.unit_normal(mean)
    tfd = backend.tfp_distributions()
    mean = ops.convert_to_tensor(mean)
    if len(factor.shape) == len(mean.shape):
        return tfd.MultivariateNormalDiag(mean, scale_diag=1.0 / factor)
    # The inverse of a lower triangular matrix is one, but for rounding.
    tril = ops.tril(ops.linalg.inv(factor))
    return tfd.MultivariateNormalTriL(mean, scale_tril=tril)


def mixture(log_weights: Tensor, components: Any) -> Any:
    """A mixture of the rightmost batch dimension of `components`."""
    tfd = backend.tfp_distributions()
    return tfd.MixtureSameFamily(
        tfd.Categorical(logits=ops.convert_to_tensor(log_weights)), components
    )
