import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.attacks import norm_ball


def numpy(x):
    return ops.convert_to_numpy(x)


def tensor(x):
    return ops.convert_to_tensor(np.float32(x))


@pytest.mark.parametrize(
    ("norm", "expected", "dual"),
    [("l0", 2, None), ("l1", 7, 4), ("l2", 5, 5), ("linf", 4, 7)],
)
def test_norms_by_hand(norm, expected, dual):
    x = tensor([[[3, 0], [-4, 0]], [[0, 0], [0, 0]]])
    np.testing.assert_allclose(numpy(norm_ball.norm_of(x, norm)), [expected, 0])
    if dual is not None:
        found = numpy(norm_ball.dual_norm_of(x, norm))
        np.testing.assert_allclose(found, [dual, 0])


@pytest.mark.parametrize(
    ("norm", "radius", "expected"),
    [
        ("l0", 2, [0, -4, 3]),
        ("l0", 0, [0, 0, 0]),
        # The threshold 2 leaves 2 + 1; a larger radius leaves all as it is.
        ("l1", 3, [0, -2, 1]),
        ("l1", 0, [0, 0, 0]),
        ("l1", 9, [1, -4, 3]),
        ("l2", 26**0.5 / 2, [0.5, -2, 1.5]),
        ("l2", 9, [1, -4, 3]),
        ("linf", 2, [1, -2, 2]),
    ],
)
def test_projections_by_hand(norm, radius, expected):
    found = norm_ball.project(tensor([[1, -4, 3]]), tensor([radius]), norm)
    np.testing.assert_allclose(numpy(found), [expected], rtol=1e-6)


@pytest.mark.parametrize("norm", norm_ball.NORMS)
def test_a_zero_stays_and_each_image_has_its_radius(norm):
    x = np.zeros((3, 2, 2), "float32")
    x[1:] = [[2, -1], [0.5, 3]]
    found = norm_ball.project(tensor(x), tensor([1, 1, 100]), norm)
    np.testing.assert_array_equal(numpy(found)[[0, 2]], x[[0, 2]])
    assert numpy(norm_ball.norm_of(found, norm))[1] == pytest.approx(1)


def test_values_of_the_same_size_are_not_more_than_the_radius():
    found = norm_ball.project(tensor([[1, -1, 1, 1]]), tensor([2]), "l0")
    assert np.count_nonzero(numpy(found)) == 2
