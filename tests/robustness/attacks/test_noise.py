import numpy as np
from keras import ops
from scipy import stats

from keras_ceb.robustness.attacks import noise


def test_threefry_gives_the_known_answers():
    # kat_vectors of Random123 for threefry2x32, 20 rounds.
    cases = [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((2**32 - 1,) * 2, (2**32 - 1,) * 2, (0x1CB996FC, 0xBB002BE7)),
        (
            (0x13198A2E, 0x03707344),
            (0x243F6A88, 0x85A308D3),
            (0xC4923A9C, 0x483DF7A0),
        ),
    ]
    for key, counter, expected in cases:
        key = [np.array([k], "uint32") for k in key]
        counter = [np.array([c], "uint32") for c in counter]
        words = noise.threefry_2x32(key, counter)
        assert [int(ops.convert_to_numpy(w)[0]) for w in words] == [*expected]


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
