import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from keras import ops
from scipy import optimize

from keras_ceb._src.robustness.attacks.hyperplane_projection import (
    step_to_hyperplane,
)


def solve_linf(x, normal, gap):
    """min t, |d_i| <= t, normal . d = gap, 0 <= x + d <= 1, by simplex."""
    d = len(x)
    cost = np.r_[np.zeros(d), 1]
    both = np.block(
        [[np.eye(d), -np.ones((d, 1))], [-np.eye(d), -np.ones((d, 1))]]
    )
    result = optimize.linprog(
        cost,
        A_ub=both,
        b_ub=np.zeros(2 * d),
        A_eq=[np.r_[normal, 0]],
        b_eq=[gap],
        bounds=[*zip(-x, 1 - x, strict=True), (0, None)],
    )
    return result.fun if result.success else None


@given(seed=st.integers(0, 10**6), share=st.floats(-0.9, 0.9))
@settings(max_examples=20, deadline=None)
def test_linf_equals_linear_programming(seed, share):
    rng = np.random.default_rng(seed)
    x = rng.random(8).astype("float32")
    normal = rng.normal(size=8).astype("float32")
    room = np.where(np.sign(normal) * np.sign(share) > 0, 1 - x, x)
    gap = np.float32(share * np.sum(np.abs(normal) * room))
    step = step_to_hyperplane(
        x[None], normal[None], gap[None], (0.0, 1.0), "linf"
    )
    step = ops.convert_to_numpy(step)[0]
    assert np.dot(step, normal) == pytest.approx(gap, abs=1e-4)
    assert np.all(x + step >= -1e-6) and np.all(x + step <= 1 + 1e-6)
    best = solve_linf(x.astype(float), normal.astype(float), float(gap))
    assert np.abs(step).max() == pytest.approx(best, abs=1e-4)


@given(seed=st.integers(0, 10**6), share=st.floats(-0.9, 0.9))
@settings(max_examples=20, deadline=None)
def test_l2_is_optimal(seed, share):
    # Karush, Kuhn and Tucker: d_i = lambda normal_i unless at the bounds,
    # where it is shorter.
    rng = np.random.default_rng(seed)
    x = rng.random(8).astype("float32")
    normal = rng.normal(size=8).astype("float32")
    room = np.where(np.sign(normal) * np.sign(share) > 0, 1 - x, x)
    gap = np.float32(share * np.sum(np.abs(normal) * room))
    step = step_to_hyperplane(
        x[None], normal[None], gap[None], (0.0, 1.0), "l2"
    )
    step = ops.convert_to_numpy(step)[0]
    assert np.dot(step, normal) == pytest.approx(gap, abs=1e-4)
    free = np.abs(step) < room - 1e-5
    ratio = (step / normal)[free]
    if free.any():
        np.testing.assert_allclose(ratio, ratio[0], rtol=1e-3, atol=1e-5)
        at_bounds = np.abs(step / normal)[~free]
        assert np.all(at_bounds <= abs(ratio[0]) + 1e-4)


def test_goes_as_far_as_it_can_and_ignores_the_scale():
    x = np.float32([[0.5, 0.5]])
    normal = np.float32([[1e-25, 1e-25]])
    far = step_to_hyperplane(x, normal, np.float32([1.0]), (0.0, 1.0), "l2")
    np.testing.assert_allclose(ops.convert_to_numpy(far), [[0.5, 0.5]])
    near = step_to_hyperplane(
        x, normal, np.float32([1e-25]), (0.0, 1.0), "linf"
    )
    np.testing.assert_allclose(ops.convert_to_numpy(near), [[0.5, 0.5]])


def test_each_image_by_itself_in_a_range_of_any_limits():
    # Down to -2 from -1.5, then the other coordinate by the rest of the gap.
    x = np.float32([[[-1.5, 1.0]], [[0.0, 0.0]], [[0.0, 1.0]]])
    normal = np.float32([[[1, 1]], [[0, 0]], [[3, 4]]])
    step = step_to_hyperplane(
        x, normal, np.float32([-2.0, 1.0, 10.0]), (-2.0, 5.0), "l2"
    )
    np.testing.assert_allclose(
        ops.convert_to_numpy(step),
        [[[-0.5, -1.5]], [[0, 0]], [[1.2, 1.6]]],
        atol=1e-5,
    )
