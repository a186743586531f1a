import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb.layers import StochasticEncoder
from tests import distributions
from tests.layers.checks import run_layer_checks


@pytest.fixture
def features():
    return np.random.default_rng(0).normal(size=(6, 8)).astype("float32")


@pytest.mark.parametrize("z_dim", [None, 3])
def test_layer(features, z_dim):
    run_layer_checks(
        StochasticEncoder(z_dim),
        lambda layer: layer(features),
        output_shape=(6, z_dim or 8),
        num_weights=2 if z_dim else 0,
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


def test_mixed_precision_samples_in_float32(features):
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    encoder = StochasticEncoder(3)
    z = encoder(ops.cast(features, "bfloat16"), training=True)
    assert keras.backend.standardize_dtype(z.dtype) == "float32"


def test_distribution_is_unit_normal(features):
    distribution = StochasticEncoder().distribution(features)
    assert tuple(distribution.batch_shape) == (6,)
    assert tuple(distribution.event_shape) == (8,)
    mean, stddev = distributions.moments(distribution)
    np.testing.assert_allclose(mean, features)
    np.testing.assert_allclose(stddev, 1.0)


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
