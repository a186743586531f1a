"""Gaussian encoders and marginals with learned covariances, as pure functions.

`objective` has the unit variances of the paper; here are the covariances that
VIB and its relatives learn. All quantities are in nats and in float32.

A marginal has rows, one per component of each class, and row i is
N(mu_i, T_i). Its covariance is given by a factor W_i of the precision,
T_i^-1 = W_i' W_i:

    unit      `None`
    diagonal  1 / t_i, `[rows, z_dim]`, with the scales t_i
    full      lower triangular, `[rows, z_dim, z_dim]`

so that whitening, log-determinants and traces need no inverse. The encoder is
N(f, diag(s^2)) with the scale s, `None` for the unit variance.
"""

import math

from keras import ops

from keras_ceb._src.typing import Tensor

# Scales below it would let one example dominate a batch: its terms grow with
# the square of the inverse.
SMALLEST_SCALE = 1e-3
# Makes the scale 1, the paper's, where the parameter is 0.
_SHIFT = math.log(math.expm1(1.0 - SMALLEST_SCALE))


def scale_of(parameter: Tensor) -> Tensor:
    """A positive scale from an unconstrained parameter.

    scale = 0.001 + softplus(parameter + c), with c such that 0 gives 1: a
    layer whose parameters are 0 starts as the one of unit variance, and weight
    decay draws it there.

    Args:
        parameter: Any real numbers.

    Returns:
        Scales of the same shape, float32, above 0.001.
    """
    parameter = ops.cast(parameter, "float32")
    return SMALLEST_SCALE + ops.softplus(parameter + _SHIFT)


def triangular_factor(parameter: Tensor) -> Tensor:
    """A lower triangular factor W of a precision from its parameter.

    The diagonal is one over `scale_of` the parameter's, so that a full
    covariance with zeros off the diagonal equals the diagonal one.

    Args:
        parameter: `[rows, z_dim, z_dim]`; what is above the diagonal has no
            effect.

    Returns:
        `[rows, z_dim, z_dim]`, float32.
    """
    parameter = ops.cast(parameter, "float32")
    scales = scale_of(ops.diagonal(parameter, axis1=-2, axis2=-1))
    identity = ops.eye(parameter.shape[-1], dtype="float32")
    return ops.tril(parameter, -1) + identity * ops.expand_dims(
        1.0 / scales, -1
    )


def divergence(
    mean: Tensor,
    scale: Tensor | None,
    marginal_mean: Tensor,
    factor: Tensor | None,
) -> Tensor:
    """Residual information of each example in closed form, KL(e(z|x), b(z|y)).

    With u = W (f - mu_y) and R = W diag(s), both whitened by the marginal,

        KL = 1/2 (|u|^2 + |R|_F^2 - z_dim) - sum_i ln R_ii,

    which is 1/2 sum [(s^2 + (f - mu_y)^2) / t_y^2 - 1 + ln t_y^2 - ln s^2]
    for a diagonal covariance. It is the expectation of the log-ratio at a
    sample of the encoder (equation 9 of the paper, in `objective`) and takes
    its place in training: where variances are learned, one sample would add
    noise of the size of z_dim to their gradient. It is never formed as a
    difference of two log densities, which cancel.

    Args:
        mean: Encoder means f(x), `[batch, z_dim]`.
        scale: Encoder scales s(x), `[batch, z_dim]`, or `None` for ones.
        marginal_mean: Marginal means, broadcastable to `mean`.
        factor: `[batch or 1, z_dim]`, `[batch or 1, z_dim, z_dim]` or `None`;
            see the module.

    Returns:
        Nats, `[batch]`, float32, not negative.

    Reference: Kullback-Leibler divergence of two Gaussians, for example
    Alemi et al. (2017), https://arxiv.org/abs/1612.00410, equation 17.
    """
    difference = ops.cast(mean, "float32") - ops.cast(marginal_mean, "float32")
    scale = None if scale is None else ops.cast(scale, "float32")
    factor = None if factor is None else ops.cast(factor, "float32")
    if factor is not None and len(factor.shape) == 3:
        scale = ops.ones_like(difference) if scale is None else scale
        u = ops.squeeze(ops.matmul(factor, ops.expand_dims(difference, -1)), -1)
        squares = ops.matmul(ops.square(factor), _column(ops.square(scale)))
        r_squared = ops.squeeze(squares, -1)
        r = scale * ops.diagonal(factor, axis1=-2, axis2=-1)
    else:
        factor = 1.0 if factor is None else factor
        u = difference * factor
        r = ops.ones_like(difference) * factor
        r = r if scale is None else r * scale
        r_squared = ops.square(r)
    terms = 0.5 * (ops.square(u) + r_squared - 1.0) - ops.log(r)
    return ops.sum(terms, axis=-1)


def relative_log_densities(
    z: Tensor,
    means: Tensor,
    factor: Tensor | None,
    variance: Tensor | None = None,
) -> Tensor:
    """ln N(z; mu_i, T_i) for each row i, up to a term that all rows share.

    Expanding the square needs two matrix products, and no tensor of
    `[batch, rows, z_dim]`; `shared_log_density` is what is left out. The mean
    precision is part of that, so that rows of nearly equal covariances are
    compared as precisely as those of unit variance.

    Args:
        z: Encodings, `[batch, z_dim]`.
        means: Means of all rows, `[rows, z_dim]`.
        factor: Factors of all rows; see the module.
        variance: `[batch, z_dim]`, for the expectation under
            N(z, diag(variance)) in place of the value at z.

    Returns:
        Nats, `[batch, rows]`, float32.
    """
    z = ops.cast(z, "float32")
    means = ops.cast(means, "float32")
    if factor is None:
        bias = -0.5 * ops.sum(ops.square(means), axis=-1)
        return ops.matmul(z, ops.transpose(means)) + bias
    factor = ops.cast(factor, "float32")
    precision, common = _precisions(factor)
    if len(factor.shape) == 2:
        weighted = means * precision
        log_determinant = ops.sum(ops.log(factor), axis=-1)
    else:
        weighted = ops.squeeze(ops.matmul(precision, _column(means)), -1)
        diagonal = ops.diagonal(factor, axis1=-2, axis2=-1)
        log_determinant = ops.sum(ops.log(diagonal), axis=-1)
    bias = log_determinant - 0.5 * ops.sum(means * weighted, axis=-1)
    size = math.prod(precision.shape[1:])
    differences = ops.reshape(precision - common, (-1, size))
    squares = _second_moments(z, variance, full=len(factor.shape) == 3)
    return (
        ops.matmul(z, ops.transpose(weighted))
        - 0.5 * ops.matmul(squares, ops.transpose(differences))
        + bias
    )


def shared_log_density(
    z: Tensor, factor: Tensor | None, variance: Tensor | None = None
) -> Tensor:
    """The term of ln N(z; mu_i, T_i) that all rows share.

    The constant -z_dim / 2 ln(2 pi) is not in it.

    Args:
        z: Encodings, `[batch, z_dim]`.
        factor: Factors of all rows; see the module.
        variance: As for `relative_log_densities`.

    Returns:
        Nats, `[batch]`, float32.
    """
    z = ops.cast(z, "float32")
    full = factor is not None and len(factor.shape) == 3
    squares = _second_moments(z, variance, full)
    if factor is not None:
        _, common = _precisions(factor)
        squares = squares * ops.reshape(common, (1, -1))
    return -0.5 * ops.sum(squares, axis=-1)


def log_encoder(
    mean: Tensor, scale: Tensor | None, noise: Tensor | None
) -> Tensor:
    """ln e(z|x) at z = mean + scale noise, or its expectation without noise.

    The constant -z_dim / 2 ln(2 pi) is left out.

    Args:
        mean: Encoder means, `[batch, z_dim]`.
        scale: Encoder scales, `[batch, z_dim]`, or `None` for ones.
        noise: `[batch, z_dim]`, or `None`.

    Returns:
        Nats, `[batch]`, float32.
    """
    noise = ops.ones_like(mean) if noise is None else noise
    terms = -0.5 * ops.square(ops.cast(noise, "float32"))
    if scale is not None:
        terms = terms - ops.log(ops.cast(scale, "float32"))
    return ops.sum(terms, axis=-1)


def mixture_log_densities(log_densities: Tensor, log_weights: Tensor) -> Tensor:
    """ln sum_k pi_yk N(z; mu_yk, T_yk) of each class.

    Args:
        log_densities: Of all rows, `[batch, num_classes * components]`.
        log_weights: ln pi_yk, `[num_classes, components]`.

    Returns:
        Nats, `[batch, num_classes]`, float32.
    """
    parts = ops.reshape(log_densities, (-1, *log_weights.shape))
    return ops.logsumexp(parts + log_weights, axis=-1)


def _column(vectors: Tensor) -> Tensor:
    return ops.expand_dims(vectors, -1)


def _precisions(factor: Tensor) -> tuple[Tensor, Tensor]:
    """The precision of each row, and their mean."""
    factor = ops.cast(factor, "float32")
    if len(factor.shape) == 2:
        precision = ops.square(factor)
    else:
        precision = ops.matmul(ops.swapaxes(factor, -2, -1), factor)
    # Log densities depend on no mean, and neither do the differences between
    # rows: its gradients cancel, up to rounding.
    return precision, ops.stop_gradient(ops.mean(precision, axis=0))


def _second_moments(z: Tensor, variance: Tensor | None, full: bool) -> Tensor:
    """E[z^2] or E[z z'], `[batch, z_dim]` or `[batch, z_dim^2]`."""
    if variance is not None:
        variance = ops.cast(variance, "float32")
    if not full:
        squares = ops.square(z)
        return squares if variance is None else squares + variance
    squares = _column(z) * ops.expand_dims(z, -2)
    if variance is not None:
        identity = ops.eye(z.shape[-1], dtype="float32")
        squares = squares + identity * _column(variance)
    return ops.reshape(squares, (-1, z.shape[-1] ** 2))
