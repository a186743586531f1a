"""Encodings of a `CEBModel` and their residual information."""

import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax

import keras_ceb
from tests import distributions
from tests import toy
from tests.layers import oracle

RHO = 0.7


def test_predict_is_the_mean_encoding_without_noise():
    x, _ = toy.data()
    model = toy.model()
    w = toy.values(toy.named_weights(model))
    logits = (x @ w["kernel"] + w["bias"]) @ w["w"] + w["b"]
    for _ in range(2):
        np.testing.assert_allclose(
            model.predict(x, verbose=0), logits, rtol=1e-4, atol=1e-5
        )
    noisy = ops.convert_to_numpy(model(x, training=True))
    assert noisy.shape == logits.shape
    assert not np.allclose(noisy, logits)


def test_encode():
    x, _ = toy.data()
    model = toy.model(z_dim=2)
    kernel, bias = (
        ops.convert_to_numpy(v) for v in model.encoder.projection.weights
    )
    features = model.backbone.predict(x, verbose=0)
    encodings = ops.convert_to_numpy(model.encode(x))
    assert encodings.shape == (12, 2)
    np.testing.assert_allclose(encodings, features @ kernel + bias, rtol=1e-4)


@pytest.mark.parametrize("covariance", ["unit", "diagonal", "full"])
@pytest.mark.parametrize("objective", ["ceb", "vib"])
def test_residual_information(objective, covariance):
    x, y = toy.data()
    model = toy.model(objective=objective, covariance=covariance)
    oracle.randomize(model.encoder)
    oracle.randomize(model.marginal)
    encoder = model.encoder_distribution(x)
    mean, stddev = distributions.moments(encoder)
    encodings = ops.convert_to_numpy(model.encode(x))
    np.testing.assert_allclose(mean, encodings, rtol=1e-6)
    if covariance == "full":
        # A divergence that each library knows, of two full covariances.
        encoder = oracle.normal(*map(ops.convert_to_tensor, (mean, stddev)))
    if objective == "ceb":
        marginal = model.marginal.distribution(y)
    else:
        marginal = model.marginal.distribution(0 * y)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.residual_information(x, y)),
        distributions.divergence(encoder, marginal),
        rtol=1e-5,
    )


@pytest.mark.parametrize("objective,components", [("ceb", 1), ("vib", 2)])
def test_a_step_of_learned_covariances(objective, components):
    x, y = toy.data(8)
    model = toy.model(
        RHO,
        objective=objective,
        covariance="diagonal",
        components=components,
        # Operation by operation, JAX compiles each of them.
        eagerly=keras.config.backend() == "tensorflow",
    )
    eps = np.random.default_rng(5).normal(size=(8, 4)).astype("float32")
    model.encoder.noise = lambda mean: ops.convert_to_tensor(eps)
    oracle.randomize(model.encoder)
    oracle.randomize(model.marginal)
    e = model.encoder_distribution(x)
    mean, stddev = distributions.moments(e)
    z = ops.convert_to_tensor(mean + eps * stddev)
    b = model.marginal.distribution(y if objective == "ceb" else 0 * y)
    if components == 1:
        rex = distributions.divergence(e, b)
    else:
        rex = ops.convert_to_numpy(e.log_prob(z) - b.log_prob(z))
    logits = ops.convert_to_numpy(model.classifier(z))
    hyz = -log_softmax(logits, -1)[np.arange(8), y]
    weight = np.exp(-RHO) if objective == "ceb" else 1 / (1 + np.exp(RHO))

    before = [ops.convert_to_numpy(w) for w in model.trainable_weights]
    logs = model.train_on_batch(x, y, return_dict=True)

    assert logs["rex"] == pytest.approx(rex.mean(), rel=1e-5)
    assert logs["loss"] == pytest.approx(np.mean(hyz + weight * rex), rel=1e-5)
    # Each weight has a gradient.
    for one, other in zip(before, model.trainable_weights, strict=True):
        assert (one != ops.convert_to_numpy(other)).any()


def test_an_encoder_that_would_not_be_trained_is_refused():
    with pytest.raises(ValueError, match=r"`encoder` must have.*Received"):
        keras_ceb.CEBModel(
            toy.backbone(),
            keras_ceb.layers.StochasticEncoder(covariance="diagonal"),
            keras.layers.Dense(3),
            num_classes=3,
            objective="xent",
        )


def test_residual_information_of_the_baseline_is_refused():
    x, y = toy.data()
    with pytest.raises(ValueError, match="objective='xent'"):
        toy.model(objective="xent").encoder_distribution(x)
    with pytest.raises(ValueError, match="objective='xent'"):
        toy.model(objective="xent").residual_information(x, y)
