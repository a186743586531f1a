"""Marginals and encoders of TensorFlow Probability, from the same weights.

Written from the definitions: scales and matrices from weights, then TFP.
"""

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
    identity = ops.eye(scale.shape[-1], dtype="float32")
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
    values = {w.name: ops.convert_to_tensor(w) for w in layer.weights} | (
        values or {}
    )
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
    identity = ops.zeros_like(inverse) + ops.eye(d, dtype="float32")
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
    z = ops.convert_to_tensor(z)
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

        value = ops.convert_to_tensor(ops.convert_to_numpy(weight))
        found.append(backend.value_and_gradient(of_value, value)[1])
    return [ops.convert_to_numpy(gradient) for gradient in found]
