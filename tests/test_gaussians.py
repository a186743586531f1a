"""Gaussians of learned covariances against NumPy and hand-made numbers."""

import numpy as np
import pytest
from keras import ops
from scipy.stats import multivariate_normal

from keras_ceb._src import gaussians

BATCH, ROWS, Z_DIM = 4, 3, 5
COVARIANCES = ["unit", "diagonal", "full"]


def to_numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def normal(rng, *shape):
    return rng.normal(size=shape).astype("float32")


def factors(rng, covariance):
    """A factor of the precision of each row, and the covariances."""
    if covariance == "unit":
        return None, np.tile(np.eye(Z_DIM), (ROWS, 1, 1))
    if covariance == "diagonal":
        factor = np.exp(0.5 * normal(rng, ROWS, Z_DIM))
        return factor, np.stack([np.diag(row**-2.0) for row in factor])
    factor = np.tril(0.5 * normal(rng, ROWS, Z_DIM, Z_DIM), -1)
    factor += np.exp(0.5 * normal(rng, ROWS, Z_DIM))[:, None] * np.eye(
        Z_DIM, dtype="float32"
    )
    precision = np.swapaxes(factor, 1, 2).astype("float64") @ factor
    return factor, np.linalg.inv(precision)


def test_scale_of():
    # 0.001 + ln(1 + e^(x + c)), where e^c = e^0.999 - 1.
    actual = to_numpy(gaussians.scale_of(np.array([-100.0, 0.0, 2.0, 60.0])))
    c = np.log(np.exp(0.999) - 1.0)
    expected = [0.001, 1.0, 0.001 + np.log1p(np.exp(2.0 + c)), 60.001 + c]
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    assert actual.dtype == np.float32


def test_triangular_factor():
    parameter = np.array([[[0.0, 9.0], [3.0, 2.0]]], "float32")
    scale = to_numpy(gaussians.scale_of(2.0))
    np.testing.assert_allclose(
        to_numpy(gaussians.triangular_factor(parameter)),
        [[[1.0, 0.0], [3.0, 1.0 / scale]]],
        rtol=1e-6,
    )


@pytest.mark.parametrize("covariance", COVARIANCES)
def test_log_densities(rng, covariance):
    factor, covariances = factors(rng, covariance)
    z, means = normal(rng, BATCH, Z_DIM), normal(rng, ROWS, Z_DIM)
    relative = to_numpy(gaussians.relative_log_densities(z, means, factor))
    shared = to_numpy(gaussians.shared_log_density(z, factor))
    expected = np.stack(
        [
            multivariate_normal.logpdf(z, mean, row)
            for mean, row in zip(means, covariances, strict=True)
        ],
        axis=1,
    )
    constant = 0.5 * Z_DIM * np.log(2 * np.pi)
    np.testing.assert_allclose(
        relative + shared[:, None] - constant, expected, rtol=1e-5, atol=1e-5
    )


def test_rows_of_one_covariance_differ_as_those_of_unit_variance(rng):
    # A shared quadratic term would cost these digits, if it were not left out.
    z = 30.0 + normal(rng, 64, 2048)
    means = normal(rng, ROWS, 2048)
    factor = np.full((ROWS, 2048), 0.5, "float32")
    differences = np.diff(
        to_numpy(gaussians.relative_log_densities(z, means, factor))
    )
    exact = 0.25 * np.diff(
        z.astype("float64") @ means.T - 0.5 * np.sum(means**2.0, axis=-1)
    )
    np.testing.assert_allclose(differences, exact, atol=5e-3)


@pytest.mark.parametrize("scaled", [False, True], ids=["unit", "scaled"])
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_sampled_log_ratio_averages_to_the_divergence(rng, covariance, scaled):
    factor, covariances = factors(rng, covariance)
    factor = None if factor is None else factor[:1]
    mean, marginal_mean = normal(rng, 1, Z_DIM), normal(rng, 1, Z_DIM)
    scale = np.exp(0.3 * normal(rng, 1, Z_DIM)) if scaled else None
    s = np.ones(Z_DIM) if scale is None else scale[0].astype("float64")

    closed = gaussians.divergence(mean, scale, marginal_mean, factor)
    difference = (mean - marginal_mean)[0].astype("float64")
    precision = np.linalg.inv(covariances[0])
    expected = 0.5 * (
        np.trace(precision * s**2)
        + difference @ precision @ difference
        - Z_DIM
        - np.linalg.slogdet(precision)[1]
        - np.sum(np.log(s**2))
    )
    np.testing.assert_allclose(to_numpy(closed), [expected], rtol=1e-5)

    noise = normal(rng, 100_000, Z_DIM)

    def log_ratio(z, variance, noise):
        log_e = gaussians.log_encoder(0.0 * z, scale, noise)
        shared = gaussians.shared_log_density(z, factor, variance)
        relative = gaussians.relative_log_densities(
            z, marginal_mean, factor, variance
        )
        return to_numpy(log_e - shared - relative[:, 0])

    sampled = log_ratio(
        (mean + s * noise).astype("float32"), variance=None, noise=noise
    )
    error = sampled.std() / np.sqrt(len(sampled))
    assert abs(sampled.mean() - expected) < 5 * error
    # The expectation itself, from the same parts.
    variance = (s**2).astype("float32")[None]
    np.testing.assert_allclose(
        log_ratio(mean, variance, noise=None), [expected], rtol=1e-4
    )


def test_the_divergence_keeps_its_digits_in_many_dimensions(rng):
    mean = rng.normal(size=(16, 2048))
    marginal_mean = mean + 0.01 * rng.normal(size=mean.shape)
    scale, factor = np.exp(0.01 * rng.normal(size=(2, *mean.shape)))
    r = scale * factor
    exact = np.sum(
        0.5 * (((mean - marginal_mean) * factor) ** 2 + r**2 - 1) - np.log(r),
        axis=-1,
    )
    actual = gaussians.divergence(
        *(a.astype("float32") for a in (mean, scale, marginal_mean, factor))
    )
    np.testing.assert_allclose(to_numpy(actual), exact, atol=2e-4)


def test_mixture_log_densities():
    # Two classes of two components: 0.25 e^0 + 0.75 e^1, and e^2 alone.
    log_densities = np.array([[0.0, 1.0, 2.0, 50.0]], "float32")
    log_weights = np.log(np.array([[0.25, 0.75], [1.0, 1e-30]], "float32"))
    np.testing.assert_allclose(
        to_numpy(
            gaussians.mixture_log_densities(
                ops.convert_to_tensor(log_densities),
                ops.convert_to_tensor(log_weights),
            )
        ),
        [[np.log(0.25 + 0.75 * np.e), 2.0]],
        rtol=1e-6,
    )
