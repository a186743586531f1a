import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_ceb._src import random


def keys(count, seed=0, salt=0):
    return random.image_keys(
        np.array([seed, 0], "uint32"), np.arange(count), salt
    )


@pytest.mark.parametrize(
    ("key", "counter", "expected"),
    [
        # Known answers of Random123, threefry2x32 with 20 rounds.
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((2**32 - 1,) * 2, (2**32 - 1,) * 2, (0x1CB996FC, 0xBB002BE7)),
        (
            (0x13198A2E, 0x03707344),
            (0x243F6A88, 0x85A308D3),
            (0xC4923A9C, 0x483DF7A0),
        ),
    ],
)
def test_threefry_gives_the_known_answers(key, counter, expected):
    words = [ops.convert_to_tensor(np.array([w], "uint32")) for w in key]
    counts = [ops.convert_to_tensor(np.array([w], "uint32")) for w in counter]
    result = random.threefry(*words, *counts)
    assert [int(ops.convert_to_numpy(word)[0]) for word in result] == list(
        expected
    )


def test_numbers_of_an_image_do_not_depend_on_the_batch():
    seed = np.array([3, 1], "uint32")
    batch = random.normal(random.image_keys(seed, np.arange(5)), (4, 3))
    alone = random.normal(random.image_keys(seed, np.array([3])), (4, 3))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(batch)[3], ops.convert_to_numpy(alone)[0]
    )


def test_seeds_salts_streams_and_indices_give_other_numbers():
    def draw(seed=0, salt=0, stream=0):
        return ops.convert_to_numpy(
            random.bits(keys(2, seed, salt), (64,), stream)
        )

    first = draw()
    for other in (draw(seed=1), draw(salt=1), draw(stream=1)):
        assert np.mean(first == other) < 0.05
    assert np.mean(first[0] == first[1]) < 0.05


def test_a_seed_of_one_word_is_the_low_one():
    one = random.image_keys(2**32 - 1, np.arange(3))
    two = random.image_keys(np.array([2**32 - 1, 0], "uint32"), np.arange(3))
    np.testing.assert_array_equal(
        ops.convert_to_numpy(one), ops.convert_to_numpy(two)
    )


def test_a_stream_may_be_a_tensor():
    for stream in (0, 7, 2**31):
        tensor = ops.convert_to_tensor(np.uint32(stream))
        np.testing.assert_array_equal(
            ops.convert_to_numpy(random.bits(keys(2), (5,), tensor)),
            ops.convert_to_numpy(random.bits(keys(2), (5,), stream)),
        )


def test_uniform_is_uniform():
    u = ops.convert_to_numpy(random.uniform(keys(10), (10_001,))).ravel()
    assert u.min() >= 0
    assert u.max() < 1
    assert stats.kstest(u, "uniform").pvalue > 1e-3


def test_normal_is_normal_and_finite():
    z = ops.convert_to_numpy(random.normal(keys(10), (10_000,))).ravel()
    assert stats.kstest(z, "norm").pvalue > 1e-3
    # The tail of Giles' formula starts at |z| = 3.4.
    tail = stats.binomtest(int((np.abs(z) > 3.4).sum()), z.size, 6.74e-4)
    assert tail.pvalue > 1e-3


def test_inverse_error_function_against_scipy():
    from scipy import special

    x = np.linspace(-1 + 2**-24, 1 - 2**-24, 100_001).astype("float32")
    result = ops.convert_to_numpy(random._erfinv(ops.convert_to_tensor(x)))
    expected = special.erfinv(x.astype("float64"))
    # Near +-1 the float32 product (1 - x)(1 + x) loses digits of its own.
    np.testing.assert_allclose(result, expected, rtol=2e-5, atol=1e-7)
