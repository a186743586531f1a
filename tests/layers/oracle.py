"""Marginals and encoders of TensorFlow Probability, from the same weights.

Written from the definitions: scales and matrices from weights, then TFP.
"""

import keras
import numpy as np
from keras import ops

from keras_ceb._src import backend

FAMILY = [
    ("unit", 1),
    ("diagonal", 1),
    ("full", 1),
    ("unit", 3),
    ("diagonal", 3),
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


def marginal(layer, values=None):
    """b(z|y) of all classes, of batch shape [num_classes].

    Args:
        layer: A built `ClassConditionalMarginal`.
        values: Values by weight in place of the layer's own.
    """
    tfd = backend.tfp_distributions()
    classes, k, d = layer.num_classes, layer.components, layer.z_dim
    values = {w.name: ops.convert_to_tensor(w) for w in layer.weights} | (
        values or {}
    )
    means = ops.reshape(values["means"], (classes, k, d))
    if layer.covariance == "full":
        parameter = ops.reshape(values["scales"], (classes, k, d, d))
        inverse = ops.stack(
            [
                ops.stack(
                    [
                        1 / scale(parameter[..., i, j])
                        if i == j
                        else parameter[..., i, j] * float(i > j)
                        for j in range(d)
                    ],
                    -1,
                )
                for i in range(d)
            ],
            -2,
        )
        tril = ops.linalg.solve(inverse, ops.zeros_like(inverse) + np.eye(d))
        components = tfd.MultivariateNormalTriL(means, scale_tril=tril)
    else:
        scales = ops.ones_like(means)
        if layer.covariance == "diagonal":
            scales = scale(ops.reshape(values["scales"], (classes, k, d)))
        components = tfd.MultivariateNormalDiag(means, scale_diag=scales)
    logits = values.get("component_logits", ops.zeros((classes, k)))
    return tfd.MixtureSameFamily(tfd.Categorical(logits=logits), components)


def log_prob(layer, z, values=None):
    """log b(z|y), `[batch, num_classes]`."""
    return marginal(layer, values).log_prob(ops.expand_dims(z, 1))


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
