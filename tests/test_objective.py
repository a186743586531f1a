"""The objective against NumPy, SciPy and TensorFlow Probability."""

import numpy as np
import pytest
from keras import ops
from scipy.special import log_softmax
from scipy.stats import multivariate_normal

from keras_ceb import objective
from keras_ceb._src import backend
from tests import distributions

BATCH, CLASSES, Z_DIM = 6, 4, 5


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {
        "mean": rng.normal(size=(BATCH, Z_DIM)).astype("float32"),
        "marginal": rng.normal(size=(BATCH, Z_DIM)).astype("float32"),
        "noise": rng.normal(size=(BATCH, Z_DIM)).astype("float32"),
        "logits": rng.normal(size=(BATCH, CLASSES)).astype("float32"),
        "labels": rng.integers(0, CLASSES, BATCH),
        "means": rng.normal(size=(CLASSES, Z_DIM)).astype("float32"),
    }


def to_numpy(tensor):
    return ops.convert_to_numpy(tensor)


def test_sampled_residual_information_is_the_log_ratio(arrays):
    mean, marginal, noise = (
        arrays[key] for key in ("mean", "marginal", "noise")
    )
    expected = [
        multivariate_normal.logpdf(m + e, m)
        - multivariate_normal.logpdf(m + e, b)
        for m, b, e in zip(mean, marginal, noise, strict=True)
    ]
    actual = objective.residual_information(mean, marginal, noise)
    np.testing.assert_allclose(to_numpy(actual), expected, rtol=1e-5, atol=1e-5)


def test_residual_information_equals_that_of_distributions(arrays):
    encoder = backend.unit_normal(arrays["mean"])
    marginal = backend.unit_normal(arrays["marginal"])
    z = ops.convert_to_tensor(arrays["mean"] + arrays["noise"])
    sampled = encoder.log_prob(z) - marginal.log_prob(z)
    np.testing.assert_allclose(
        to_numpy(
            objective.residual_information(
                arrays["mean"], arrays["marginal"], arrays["noise"]
            )
        ),
        to_numpy(sampled),
        atol=1e-5,
        rtol=1e-5,
    )
    np.testing.assert_allclose(
        to_numpy(
            objective.residual_information(arrays["mean"], arrays["marginal"])
        ),
        distributions.divergence(encoder, marginal),
        atol=1e-5,
        rtol=1e-5,
    )


def test_sampled_rate_averages_to_the_closed_form(arrays):
    rng = np.random.default_rng(1)
    draws = 200_000
    mean, marginal = arrays["mean"][:1], arrays["marginal"][:1]
    noise = rng.normal(size=(draws, Z_DIM)).astype("float32")
    sampled = to_numpy(objective.residual_information(mean, marginal, noise))
    closed = to_numpy(objective.residual_information(mean, marginal))[0]
    # One sample has the standard deviation |f - mu|.
    error = np.linalg.norm(mean - marginal) / np.sqrt(draws)
    assert abs(sampled.mean() - closed) < 5 * error


def test_residual_information_keeps_its_digits_in_many_dimensions():
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(64, 4096))
    marginal = mean + 0.01 * rng.normal(size=mean.shape)
    noise = rng.normal(size=mean.shape)
    exact = 0.5 * np.sum((mean - marginal) * (mean - marginal + 2 * noise), -1)
    actual = objective.residual_information(
        *(a.astype("float32") for a in (mean, marginal, noise))
    )
    np.testing.assert_allclose(to_numpy(actual), exact, atol=2e-4)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_inputs_are_summed_in_float32(dtype):
    mean = ops.cast(np.full((1, 4096), 3.0), dtype)
    rex = objective.residual_information(mean, ops.zeros((1, 4096)))
    np.testing.assert_allclose(to_numpy(rex), [0.5 * 9 * 4096])
    assert to_numpy(rex).dtype == np.float32


def test_classification_entropy_of_integers_and_one_hot(arrays):
    logits, labels = arrays["logits"], arrays["labels"]
    expected = -log_softmax(logits, axis=-1)[np.arange(BATCH), labels]
    for target in (labels, np.eye(CLASSES, dtype="float32")[labels]):
        actual = objective.classification_entropy(
            logits, ops.convert_to_tensor(target)
        )
        np.testing.assert_allclose(to_numpy(actual), expected, rtol=1e-5)


def test_classification_entropy_of_soft_targets(arrays):
    targets = np.random.default_rng(2).dirichlet(np.ones(CLASSES), BATCH)
    expected = -np.sum(targets * log_softmax(arrays["logits"], -1), -1)
    actual = objective.classification_entropy(
        arrays["logits"], ops.convert_to_tensor(targets.astype("float32"))
    )
    np.testing.assert_allclose(to_numpy(actual), expected, rtol=1e-5)


def test_classification_entropy_of_an_impossible_class_is_no_nan():
    logits = np.array([[0.0, -np.inf]], "float32")
    one_hot = ops.convert_to_tensor(np.array([[1.0, 0.0]], "float32"))
    actual = objective.classification_entropy(logits, one_hot)
    np.testing.assert_allclose(to_numpy(actual), [0.0])


@pytest.mark.parametrize("uniform", [True, False])
def test_consistent_logits_are_bayes_rule(arrays, uniform):
    z, means = arrays["mean"], arrays["means"]
    prior = np.full(CLASSES, 1 / CLASSES)
    if not uniform:
        prior = np.array([0.5, 0.25, 0.2, 0.05])
    density = np.array(
        [[multivariate_normal.pdf(a, m) for m in means] for a in z]
    )
    expected = density * prior / (density * prior).sum(-1, keepdims=True)
    logits = objective.consistent_logits(
        z, means, None if uniform else np.log(prior)
    )
    np.testing.assert_allclose(
        to_numpy(ops.softmax(logits)), expected, rtol=1e-4
    )


def test_losses_weigh_the_residual_information():
    hyz = np.array([1.0, 2.0], "float32")
    rex = np.array([3.0, -1.0], "float32")
    np.testing.assert_allclose(
        to_numpy(objective.ceb_loss(hyz, rex, 0.5)), hyz + np.exp(-0.5) * rex
    )
    np.testing.assert_allclose(
        to_numpy(objective.vib_loss(hyz, rex, 0.5)),
        hyz + rex / (1 + np.exp(0.5)),
        rtol=1e-6,
    )


@pytest.mark.parametrize("rho", [100.0, 1000.0])
def test_an_open_bottleneck_leaves_cross_entropy(rho):
    loss = objective.ceb_loss(np.float32(1.5), np.float32(1e6), rho)
    np.testing.assert_allclose(to_numpy(loss), 1.5)
