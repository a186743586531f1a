"""Marginals and encoders of TensorFlow Probability, from the same weights.

Written from the definitions: scales and matrices from weights, then TFP.
"""

import contextlib

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src import backend

FAMILY = [
    ("unit", 1),
    ("diagonal", 1),
    ("full", 1),
    # On JAX the full covariances are enough: the mixture is the same function.
    pytest.param("unit", 3, marks=pytest.mark.slow_on_jax),
    pytest.param("diagonal", 3, marks=pytest.mark.slow_on_jax),
    ("full", 3),
]


@contextlib.contextmanager
def double_precision():
    """Where these functions compute in float64.

    In float32, a divergence from TFP has an error of the rounding of its
    largest term, and the weights of a mixture have it too.
    """
    wide = contextlib.nullcontext()
    if keras.config.backend() == "jax":
        import jax

        wide = jax.enable_x64(True)
    keras.config.set_floatx("float64")
    try:
        with wide:
            yield
    finally:
        keras.config.set_floatx("float32")


def tensor(value):
    """A tensor of the precision in force."""
    value = ops.convert_to_tensor(value)
    return ops.cast(value, keras.config.floatx())


def randomize(layer, seed=0):
    """Gives a built layer random weights, and returns it."""
    rng = np.random.default_rng(seed)
    layer.set_weights([0.5 * rng.normal(size=w.shape) for w in layer.weights])
    return layer


def scale(parameter):
    """1 at 0, above 0.001."""
    shift = np.log(np.exp(0.999) - 1.0)
    return 0.001 + ops.softplus(parameter + shift)


def normal(mean, scale):
    """N(mean, diag(scale^2)), as a general multivariate normal."""
    identity = ops.eye(scale.shape[-1])
    matrices = ops.expand_dims(scale, -1) * identity
    tfd = backend.tfp_distributions()
    return tfd.MultivariateNormalTriL(mean, scale_tril=matrices)


def components(layer, values=None):
    """N(mu_yk, T_yk), and ln pi_yk, of shape [num_classes, components].

    Args:
        layer: A built `ClassConditionalMarginal`.
        values: Values by weight in place of the layer's own.
    """
    classes, k, d = layer.num_classes, layer.components, layer.z_dim
    values = {w.name: tensor(w) for w in layer.weights} | (values or {})
    means = ops.reshape(values["means"], (classes, k, d))
    logits = values.get("component_logits", ops.zeros((classes, k)))
    log_weights = ops.log_softmax(logits, axis=-1)
    if layer.covariance != "full":
        scales = ops.ones_like(means)
        if layer.covariance == "diagonal":
            scales = scale(ops.reshape(values["scales"], (classes, k, d)))
        return normal(means, scales), log_weights
    parameter = ops.reshape(values["scales"], (classes, k, d, d))
    inverse = [
        [
            1 / scale(parameter[..., i, j])
            if i == j
            else parameter[..., i, j] * float(i > j)
            for j in range(d)
        ]
        for i in range(d)
    ]
    inverse = ops.stack([ops.stack(row, -1) for row in inverse], -2)
    identity = ops.zeros_like(inverse) + ops.eye(d)
    tfd = backend.tfp_distributions()
    return (
        tfd.MultivariateNormalTriL(
            means, scale_tril=ops.tril(ops.solve(inverse, identity))
        ),
        log_weights,
    )


def marginal(layer, values=None):
    """b(z|y) of all classes, of batch shape [num_classes]."""
    tfd = backend.tfp_distributions()
    gaussians, log_weights = components(layer, values)
    return tfd.MixtureSameFamily(tfd.Categorical(logits=log_weights), gaussians)


def log_prob(layer, z, values=None):
    """log b(z|y), `[batch, num_classes]`."""
    z = tensor(z)
    return marginal(layer, values).log_prob(ops.expand_dims(z, 1))


def divergence(encoder, marginal):
    """KL(encoder || marginal), with gradients."""
    if keras.config.backend() == "torch":
        from torch.distributions import kl_divergence

        return kl_divergence(encoder, marginal)
    return encoder.kl_divergence(marginal)


def gradients(function, weights):
    """The gradient of the sum of `function()` for each weight, in NumPy."""
    found = []
    for weight in weights:

        def of_value(value, weight=weight):
            with keras.StatelessScope(state_mapping=[(weight, value)]):
                return function({weight.name: value}), ()

        value = tensor(ops.convert_to_numpy(weight))
        found.append(backend.value_and_gradient(of_value, value)[1])
    return [ops.convert_to_numpy(gradient) for gradient in found]


def assert_same_gradient(actual, expected):
    """Equal to 1e-5 of the largest entry.

    An entry is a sum over the batch and the components. Its terms are of the
    order of the largest entry however small the sum is, so that float32
    rounds both gradients at that scale.
    """
    largest = np.abs(expected).max()
    assert np.isfinite(largest) and largest > 0
    np.testing.assert_allclose(
        actual / largest, expected / largest, rtol=0, atol=1e-5
    )
