import numpy as np
import pytest

from keras_ceb.robustness.attacks import FMN
from tests.robustness.attacks.linear_oracle import LinearOracle
from tests.robustness.attacks.linear_oracle import search


@pytest.mark.parametrize(
    ("norm", "order"), [("l1", np.inf), ("l2", 2), ("linf", 1)]
)
def test_the_distance_to_a_plane_to_one_percent(norm, order):
    # In a linear model, the distance is the margin over the dual norm.
    rng = np.random.default_rng(0)
    weights = rng.normal(size=12)
    x = 0.5 + 0.02 * rng.normal(size=(6, 12))
    bias = -0.3 - 0.5 * weights.sum()
    margin = -(x @ weights + bias)
    assert (margin > 0).all()
    found = search(FMN(norm, 1.0), LinearOracle(weights, bias), x)
    expected = margin / np.linalg.norm(weights, order)
    np.testing.assert_allclose(found["distance"], expected, rtol=0.01)
    assert (found["distance"] >= expected * (1 - 1e-5)).all()


def test_the_number_of_values_to_change():
    # From 0.5, a value changes the logit by half its weight at most.
    oracle = LinearOracle([4, -2, 1, 1], -2.0)
    found = search(FMN("l0", 4, 60), oracle, np.full((1, 4), 0.5))
    # The logit is 0 there and the label wins ties: 1 value suffices.
    assert found["distance"] == 1
    far = LinearOracle([4, -2, 1, 1], -4.75)
    found = search(FMN("l0", 4, 60), far, np.full((1, 4), 0.5))
    # 2.75 to win, of which 2 by the first and 1 by the second value.
    assert found["distance"] == 2
    assert np.count_nonzero(found["best"] != 0.5) == 2


def test_the_first_steps_by_hand():
    # 0.2 from the plane x_0 = 0.7 of a margin twice as steep.
    found = search(FMN("l2", 1.0, 1), LinearOracle([2, 0], -1.4), [[0.5, 0.5]])
    # The first radius is exactly the estimate, 0.4 / 2.
    np.testing.assert_allclose(found["radius"], [0.2], rtol=1e-6)
    np.testing.assert_allclose(found["x"], [[0.7, 0.5]], rtol=1e-6)
    # At a misclassified input the radius is 0, and stays there.
    found = search(FMN("l2", 1.0, 3), LinearOracle([2, 0], -0.9), [[0.5, 0.5]])
    assert found["radius"] == 0 and found["distance"] == 0


def test_the_radius_follows_the_boundary():
    class Plane(LinearOracle):
        """A plane at 0.25, with gradients that are wrong by a factor."""

        def gradient(self, x, query, loss):
            margin, logits, gradient = super().gradient(x, query, loss)
            return margin, logits, self.factor * gradient

    def radii(factor, steps):
        oracle = Plane([1, 0], -0.75)
        oracle.factor = factor
        found = search(FMN("l2", 1.0, steps), oracle, [[0.5, 0.5]])
        return float(found["radius"][0])

    # Half of what is missing, again and again.
    found = [radii(2, steps) for steps in (1, 2, 3)]
    np.testing.assert_allclose(found, [0.125, 0.1875, 0.21875], rtol=1e-6)
    # Twice too far: the radius shrinks by gamma, which after one of two steps
    # is halfway between 0.05 and 0.001.
    found = [radii(0.5, steps) for steps in (1, 2)]
    np.testing.assert_allclose(found, [0.5, 0.5 * (1 - 0.0255)], rtol=1e-6)
    # A tenth of what is missing is less than gamma once the radius is 0.2.
    assert radii(10, 100) == pytest.approx(0.25, rel=0.01)


def test_points_stay_in_the_range():
    # The plane x_0 + x_1 = 1.8 from a corner: both values reach 1.
    oracle = LinearOracle([1, 1], -1.8)
    found = search(FMN("linf", 1.0), oracle, [[0.95, 0.5]])
    assert found["best"].max() <= 1
    # x_0 stops at 1, so x_1 must go to 0.8.
    np.testing.assert_allclose(found["distance"], [0.3], rtol=0.01)
