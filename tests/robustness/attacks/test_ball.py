import types

import numpy as np
import pytest
from keras import ops

from keras_ceb._src import random
from keras_ceb._src.robustness.attacks import ball

BOX = (0.0, 1.0)


def keys(count):
    return random.image_keys(np.zeros(2, "uint32"), np.arange(count))


def test_norms_survive_tiny_and_huge_values():
    x = np.float32([[3e-30, 4e-30], [3e30, 4e30], [0, 0]])
    norms = ops.convert_to_numpy(ball.norm_of(x, "l2"))
    np.testing.assert_allclose(norms, [5e-30, 5e30, 0], rtol=1e-5)
    norms = ops.convert_to_numpy(ball.norm_of(x, "linf"))
    np.testing.assert_allclose(norms, [4e-30, 4e30, 0], rtol=1e-5)


def test_direction():
    g = np.float32([[3e-25, -4e-25], [0, 0]])
    linf = ops.convert_to_numpy(ball.direction(g, "linf"))
    np.testing.assert_array_equal(linf, [[1, -1], [0, 0]])
    l2 = ops.convert_to_numpy(ball.direction(g, "l2"))
    np.testing.assert_allclose(l2, [[0.6, -0.8], [0, 0]], rtol=1e-5)


def test_project_by_hand():
    clean = ops.convert_to_tensor([[0.5, 0.9]], dtype="float32")
    far = ops.convert_to_tensor([[0.8, 1.3]], dtype="float32")
    linf = ops.convert_to_numpy(ball.project(far, clean, 0.2, BOX, "linf"))
    np.testing.assert_allclose(linf, [[0.7, 1.0]], rtol=1e-6)
    # The step (0.3, 0.4) has length 0.5 and is cut to 0.25.
    l2 = ops.convert_to_numpy(ball.project(far, clean, 0.25, BOX, "l2"))
    np.testing.assert_allclose(l2, [[0.65, 1.0]], rtol=1e-6)
    inside = [[0.55, 0.85]]
    same = ops.convert_to_tensor(inside, dtype="float32")
    same = ops.convert_to_numpy(ball.project(same, clean, 0.2, BOX, "l2"))
    np.testing.assert_allclose(same, inside, rtol=1e-6)


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_random_start_is_uniform_in_the_ball(norm):
    clean = ops.full((4000, 3), 0.5)
    start = ball.random_start(
        clean, 0.3, BOX, norm, keys(4000), 0
    )  # fmt: skip
    delta = ops.convert_to_numpy(start) - 0.5
    order = np.inf if norm == "linf" else 2
    radius = np.linalg.norm(delta, order, axis=1) / 0.3
    assert radius.max() <= 1 + 1e-6
    # P(radius < r) = r^3 in three dimensions, in any norm.
    for r in (0.5, 0.8, 0.9):
        assert np.mean(radius < r) == pytest.approx(r**3, abs=0.03)
    assert np.abs(delta.mean(axis=0)).max() < 0.01


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_boundary_start_is_on_the_boundary(norm):
    clean = ops.full((50, 2, 2, 1), 0.5)
    start = ball.boundary_start(
        clean, 0.3, BOX, norm, keys(50), 0
    )  # fmt: skip
    delta = ops.convert_to_numpy(start).reshape(50, -1) - 0.5
    order = np.inf if norm == "linf" else 2
    radius = np.linalg.norm(delta, order, axis=1)
    np.testing.assert_allclose(radius, 0.3, rtol=1e-5)
    # In every direction, and not at the corners alone.
    assert np.abs(delta.mean()) < 0.05
    assert np.abs(delta).mean() < 0.25


def test_an_empty_ball_and_a_draw_of_nothing(monkeypatch):
    clean = ops.full((2, 3), 0.5)
    found = ball.project(clean, clean, 0.0, BOX, "l2")
    np.testing.assert_array_equal(ops.convert_to_numpy(found), 0.5)
    monkeypatch.setattr(
        ball.random, "uniform", lambda keys, shape, run: ops.full((2, 3), 0.5)
    )
    found = ball.boundary_start(clean, 0.3, BOX, "linf", keys(2), 0)
    np.testing.assert_allclose(ops.convert_to_numpy(found), 0.5)


def test_no_start_takes_the_random_numbers_of_another(monkeypatch):
    taken = []

    def recorded(draw):
        def draw_and_record(keys, shape, run):
            taken.append(run)
            return draw(keys, shape, run)

        return draw_and_record

    draws = types.SimpleNamespace(
        uniform=recorded(random.uniform), normal=recorded(random.normal)
    )
    monkeypatch.setattr(ball, "random", draws)
    clean = ops.full((2, 3), 0.5)
    for run in range(4):
        ball.random_start(clean, 0.3, BOX, "l2", keys(2), run)
    assert len(taken) == len(set(taken)) == 8
