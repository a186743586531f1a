import numpy as np
import pytest
from keras import ops
from scipy import optimize
from scipy import stats

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import l1_ball

BOX = (0.0, 1.0)
RNG = np.random.default_rng(0)


def keys(number):
    return random.image_keys(np.uint32(0), ops.arange(number), 0)


def quadratic_program(point, clean, eps):
    """The closest point, as a program of its positive and negative parts."""
    size = len(clean)

    def distance(parts):
        moved = parts[:size] - parts[size:] - (point - clean)
        return 0.5 * moved @ moved, np.concatenate([moved, -moved])

    found = optimize.minimize(
        distance,
        np.zeros(2 * size),
        jac=True,
        method="SLSQP",
        bounds=[(0, 1 - c) for c in clean] + [(0, c) for c in clean],
        constraints=optimize.LinearConstraint(np.ones(2 * size), ub=eps),
        options={"ftol": 1e-12, "maxiter": 500},
    )
    return clean + found.x[:size] - found.x[size:]


@pytest.mark.parametrize("eps", [0.1, 0.7, 2.0, 100.0])
def test_the_projection_solves_a_quadratic_program(eps):
    clean = RNG.uniform(size=(8, 6))
    # Values at a bound, and points in and out of the range.
    clean[:4, :2] = [0, 1]
    x = clean + RNG.normal(size=clean.shape) * np.linspace(0.1, 2, 8)[:, None]
    x[0] = clean[0]
    shape = (8, 2, 3)
    found = l1_ball.project(
        ops.convert_to_tensor(x.reshape(shape).astype("float32")),
        ops.convert_to_tensor(clean.reshape(shape).astype("float32")),
        eps,
        BOX,
    )
    found = ops.convert_to_numpy(found).reshape(8, 6)
    expected = [
        quadratic_program(*row, eps) for row in zip(x, clean, strict=True)
    ]
    np.testing.assert_allclose(found, expected, atol=2e-5)
    moved = np.abs(found - np.float32(clean)).sum(axis=1)
    assert moved.max() <= eps * (1 + 1e-6)
    assert found.min() >= 0 and found.max() <= 1


def test_projections_by_hand():
    clean = np.float32([[0.5, 0.5, 0.9]])

    def project(delta, eps):
        x = ops.convert_to_tensor(clean + np.float32([delta]))
        found = l1_ball.project(x, ops.convert_to_tensor(clean), eps, BOX)
        return ops.convert_to_numpy(found)[0] - clean[0]

    # Without the range, both would move by 0.2; the last one has 0.1 to go.
    found = project([0.1, -0.4, 0.4], 0.4)
    np.testing.assert_allclose(found, [0.0, -0.3, 0.1], atol=1e-6)
    found = project([0.1, -0.4, 0.4], 0.0)
    np.testing.assert_array_equal(found, [0, 0, 0])
    # Equal values shrink together.
    found = project([0.3, 0.3, 0.0], 0.2)
    np.testing.assert_allclose(found, [0.1, 0.1, 0.0], atol=1e-6)


@pytest.mark.parametrize("eps", [0.3, 1.5])
def test_the_corner_solves_a_linear_program(eps):
    clean = RNG.uniform(size=(6, 5)).astype("float32")
    gradient = RNG.normal(size=(6, 5)).astype("float32")
    gradient[0, :3] = 0
    corner = l1_ball.corner(
        ops.convert_to_tensor(gradient), ops.convert_to_tensor(clean), eps, BOX
    )
    corner = ops.convert_to_numpy(corner)
    for found, g, c in zip(corner, gradient, clean, strict=True):
        bounds = [(0, 1 - v) for v in c] + [(0, v) for v in c]
        best = optimize.linprog(
            np.concatenate([-g, g]), np.ones((1, 10)), [eps], bounds=bounds
        )
        assert g @ (found - c) == pytest.approx(-best.fun, abs=1e-5)
        assert np.abs(found - c).sum() <= eps * (1 + 1e-6)
    # A value without a gradient stays where it is.
    np.testing.assert_array_equal(corner[0, :3], clean[0, :3])


def test_sparse_steps_by_hand():
    gradient = np.float32([[3, -2, 1, 0.5], [1, -1, 0, 0], [0, 0, 0, 0]])
    steps = [
        ops.convert_to_numpy(
            l1_ball.sparse_step(
                ops.convert_to_tensor(gradient),
                ops.convert_to_tensor(np.full(3, share, "float32")),
            )
        )
        for share in (0.01, 0.5, 0.75)
    ]
    one, two, three = (step[0].tolist() for step in steps)
    assert one == [1, 0, 0, 0] and two == [0.5, -0.5, 0, 0]
    np.testing.assert_allclose(three, np.array([1, -1, 1, 0]) / 3, rtol=1e-6)
    # Ties move together, and what has no gradient does not.
    assert steps[0][1].tolist() == [0.5, -0.5, 0, 0] == steps[2][1].tolist()
    assert not steps[2][2].any()


def test_gradients_that_point_inward():
    x = np.float32([[0, 0, 1, 1, 0.5]])
    gradient = np.float32([[-1, 2, -3, 4, 5]])
    found = l1_ball.inward(
        ops.convert_to_tensor(gradient), ops.convert_to_tensor(x), BOX
    )
    assert ops.convert_to_numpy(found).tolist() == [[0, 2, -3, 0, 5]]


def test_norms_by_hand():
    delta = ops.convert_to_tensor(np.float32([[[1, -2], [0, 0.5]]]))
    assert ops.convert_to_numpy(l1_ball.norm(delta)).tolist() == [3.5]
    assert ops.convert_to_numpy(l1_ball.count(delta)).tolist() == [3]


def test_the_random_start_is_uniform_in_the_ball():
    clean = ops.full((2000, 3), 0.5)
    start = l1_ball.random_start(clean, 0.4, BOX, keys(2000), 1)
    delta = ops.convert_to_numpy(start) - 0.5
    # The share of the volume within r, and of one octant of the eight.
    radius = np.abs(delta).sum(axis=1) / 0.4
    assert stats.kstest(radius**3, "uniform").pvalue > 0.01
    octant = (delta > 0) @ [1, 2, 4]
    assert stats.chisquare(np.bincount(octant)).pvalue > 0.01
    # On a face, each share of the sum is Beta(1, 2).
    share = np.abs(delta[:, 0]) / np.abs(delta).sum(axis=1)
    assert stats.kstest(share, stats.beta(1, 2).cdf).pvalue > 0.01


def test_the_start_of_apgd_is_on_the_boundary():
    clean = ops.full((8, 20), 0.25)
    start = l1_ball.normal_start(clean, 1.0, BOX, keys(8), 1)
    delta = ops.convert_to_numpy(start) - 0.25
    np.testing.assert_allclose(np.abs(delta).sum(axis=1), 1, rtol=1e-5)
    other = l1_ball.normal_start(clean, 1.0, BOX, keys(8), 2)
    assert (ops.convert_to_numpy(other) != ops.convert_to_numpy(start)).any()
