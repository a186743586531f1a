import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb.layers import StochasticEncoder
from tests import distributions
from tests.layers import oracle
from tests.layers.checks import run_layer_checks


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(6, 8)).astype("float32")


@pytest.mark.parametrize("covariance", ["unit", "diagonal"])
@pytest.mark.parametrize("z_dim", [None, 3])
def test_layer(features, z_dim, covariance):
    run_layer_checks(
        StochasticEncoder(z_dim, covariance=covariance),
        lambda layer: layer(features),
        output_shape=(6, z_dim or 8),
        num_weights=(2 if z_dim else 0) + (2 if covariance != "unit" else 0),
    )


def test_mean_at_test_time_is_the_features(features):
    encoder = StochasticEncoder(seed=0)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(encoder(features)), features
    )


def test_projection_is_dense(features):
    encoder = StochasticEncoder(3, seed=0)
    mean = ops.convert_to_numpy(encoder(features))
    kernel, bias = encoder.get_weights()
    np.testing.assert_allclose(mean, features @ kernel + bias, rtol=1e-5)


def test_noise_is_standard_normal():
    encoder = StochasticEncoder(seed=0)
    z = ops.convert_to_numpy(
        encoder(np.zeros((400, 500), "float32"), training=True)
    )
    # Standard errors of the moments over 200,000 draws, times five.
    assert abs(z.mean()) < 5 * 1 / np.sqrt(z.size)
    assert abs(z.var() - 1) < 5 * np.sqrt(2 / z.size)
    assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / z.size)


def test_noise_differs_between_calls_and_repeats_with_the_seed(features):
    def draw(encoder):
        return ops.convert_to_numpy(encoder(features, training=True))

    one, other = StochasticEncoder(seed=1), StochasticEncoder(seed=1)
    first = draw(one)
    assert not np.allclose(first, draw(one))
    np.testing.assert_array_equal(first, draw(other))
    assert not np.allclose(first, draw(StochasticEncoder(seed=2)))


@pytest.mark.parametrize("covariance", ["unit", "diagonal"])
def test_mixed_precision_samples_in_float32(features, covariance):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    encoder = StochasticEncoder(3, covariance=covariance)
    z = encoder(ops.cast(features, "bfloat16"), training=True)
    assert keras.backend.standardize_dtype(z.dtype) == "float32"


def test_distribution_is_unit_normal(features):
    distribution = StochasticEncoder().distribution(features)
    assert tuple(distribution.batch_shape) == (6,)
    assert tuple(distribution.event_shape) == (8,)
    mean, stddev = distributions.moments(distribution)
    np.testing.assert_allclose(mean, features)
    np.testing.assert_allclose(stddev, 1.0)


def test_learned_scales(features):
    encoder = StochasticEncoder(3, covariance="diagonal", seed=0)
    encoder.build(features.shape)
    # They start at the unit variance.
    scale = ops.convert_to_numpy(encoder.scale(features))
    np.testing.assert_allclose(scale, np.ones((6, 3)), rtol=1e-6)
    assert StochasticEncoder(3).scale(features) is None
    *_, kernel, bias = oracle.randomize(encoder).get_weights()
    expected = ops.convert_to_tensor(features @ kernel + bias)
    expected = ops.convert_to_numpy(oracle.scale(expected))
    scale = encoder.scale(features)
    np.testing.assert_allclose(ops.convert_to_numpy(scale), expected, rtol=1e-5)

    mean = encoder.mean(features)
    noise = np.random.default_rng(1).normal(size=(6, 3)).astype("float32")
    encoder.noise = lambda mean: ops.convert_to_tensor(noise)
    np.testing.assert_allclose(
        ops.convert_to_numpy(encoder(features, training=True)),
        ops.convert_to_numpy(mean) + expected * noise,
        rtol=1e-5,
    )
    distribution = encoder.distribution(mean, scale)
    for found, value in zip(
        distributions.moments(distribution), (mean, scale), strict=True
    ):
        np.testing.assert_allclose(
            found, ops.convert_to_numpy(value), rtol=1e-5
        )
    with pytest.raises(ValueError, match=r"`scale` must be given.*Received"):
        encoder.distribution(mean)


@pytest.mark.parametrize("covariance", ["full", None])
def test_bad_covariance(covariance):
    with pytest.raises(ValueError, match=r"`covariance` must be .*Received"):
        StochasticEncoder(3, covariance=covariance)


def test_in_a_functional_model(features):
    inputs = keras.Input((8,))
    z = StochasticEncoder(3, seed=0)(inputs)
    model = keras.Model(inputs, z)
    assert z.shape == (None, 3)
    noisy = ops.convert_to_numpy(model(features, training=True))
    assert not np.allclose(noisy, model.predict(features, verbose=0))


@pytest.mark.parametrize("z_dim", [0, -1, 1.5])
def test_bad_z_dim(z_dim):
    with pytest.raises(ValueError, match=r"`z_dim` must be .*Received"):
        StochasticEncoder(z_dim)


def test_bad_rank():
    with pytest.raises(ValueError, match=r"`inputs` must be .*Received"):
        StochasticEncoder()(np.zeros((2, 3, 4), "float32"))


def test_output_shapes_of_a_known_batch():
    assert StochasticEncoder().compute_output_shape((7, 5)) == (7, 5)
    assert StochasticEncoder(3).compute_output_shape((7, 5)) == (7, 3)
