import numpy as np
from keras import ops
from scipy import stats

from keras_ceb._src.robustness.attacks import noise


def test_uniform_and_normal_have_their_distributions():
    index = np.arange(200)
    draws = ops.convert_to_numpy(noise.uniform(7, index, 0, 101))
    assert draws.shape == (200, 101)
    assert 0 < draws.min() and draws.max() < 1
    assert stats.kstest(draws.ravel(), "uniform").pvalue > 1e-3
    draws = ops.convert_to_numpy(noise.normal(7, index, 0, 101))
    assert stats.kstest(draws.ravel(), "norm").pvalue > 1e-3


def test_images_streams_and_seeds_are_independent():
    index = np.array([3, 4])
    base = ops.convert_to_numpy(noise.uniform(0, index, 0, 500))
    others = [
        noise.uniform(1, index, 0, 500),
        noise.uniform(0, index, 1, 500),
        noise.uniform(0, index + 2, 0, 500),
    ]
    for other in [base[::-1], *map(ops.convert_to_numpy, others)]:
        correlation = np.corrcoef(base.ravel(), other.ravel())[0, 1]
        assert abs(correlation) < 0.12


def test_an_image_draws_the_same_in_any_batch():
    whole = ops.convert_to_numpy(noise.normal(0, np.arange(5), 2, 7))
    part = ops.convert_to_numpy(noise.normal(0, np.array([3]), 2, 7))
    np.testing.assert_allclose(whole[3:4], part, rtol=1e-6)
