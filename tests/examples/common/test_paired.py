import numpy as np
import pytest

from examples.common import paired


def test_text_and_flags():
    flags = np.array([True, False, True])
    assert paired.text_of(flags) == "101"
    np.testing.assert_array_equal(paired.flags_of("101"), flags)


def test_won_and_lost():
    one, other = paired.flags_of("11100"), paired.flags_of("10011")
    assert paired.won_and_lost(one, other) == (2, 2)


def test_sign_test():
    # Of five throws, one or none of a side: 2 (1 + 5) / 32.
    assert paired.sign_test(4, 1) == pytest.approx(0.375)
    assert paired.sign_test(0, 5) == pytest.approx(2 / 32)
    assert paired.sign_test(3, 3) == 1.0


def test_over_images_counts_the_seeds_of_an_image_together():
    one, none = paired.flags_of("1111"), paired.flags_of("0000")
    # Four differences of 1: z = 4 / sqrt(4) = 2, p = erfc(sqrt(2)).
    difference, p = paired.over_images([(one, none)])
    assert difference == 1.0 and p == pytest.approx(0.0455, abs=1e-4)
    # The same images again tell nothing new.
    assert paired.over_images([(one, none)] * 3) == (1.0, pytest.approx(p))
    assert paired.over_images([(one, one)]) == (0.0, 1.0)


def test_over_seeds_is_students_paired_test():
    # Two degrees of freedom: p = 1 - t / sqrt(2 + t^2).
    differences = [0.01, 0.02, 0.03]
    t = 0.02 / (0.01 / np.sqrt(3))
    expected = 1 - t / np.sqrt(2 + t * t)
    assert paired.over_seeds(differences) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    # Means of 200 images, which are not exact.
    "differences",
    [[0.1], [0.0, 0.0], [0.715 - 0.725, 0.725 - 0.735]],
)
def test_nothing_tells_how_much_seeds_differ(differences):
    assert paired.over_seeds(differences) is None


@pytest.mark.parametrize("freedom", [1, 2, 5, 30])
def test_students_tail_is_that_of_scipy(freedom):
    stats = pytest.importorskip("scipy.stats")
    for t in (0.0, 0.3, 2.0, 9.0):
        expected = 2 * stats.t.sf(t, freedom)
        found = paired.student_tail(t, freedom)
        assert found == pytest.approx(expected, abs=1e-7)
