import numpy as np
import pytest
from keras import ops

from keras_ceb.robustness.attacks import DDN
from tests.robustness.attacks.linear_oracle import LinearOracle
from tests.robustness.attacks.linear_oracle import search


def test_the_distance_to_a_plane_to_one_percent():
    rng = np.random.default_rng(0)
    weights = rng.normal(size=12)
    x = 0.5 + 0.02 * rng.normal(size=(6, 12))
    bias = -0.3 - 0.5 * weights.sum()
    margin = -(x @ weights + bias)
    assert (margin > 0).all()
    found = search(DDN(steps=150), LinearOracle(weights, bias), x)
    expected = margin / np.linalg.norm(weights)
    np.testing.assert_allclose(found["distance"], expected, rtol=0.01)
    assert (found["distance"] >= expected * (1 - 1e-5)).all()


def test_the_first_steps_by_hand():
    oracle = LinearOracle([0.6, 0.8], -0.9)
    attack = {"gamma": 0.5, "first_norm": 0.2}
    found = search(DDN(steps=1, **attack), oracle, [[0.5, 0.5]])
    # Not misclassified: the radius grows to 0.3, along the gradient.
    np.testing.assert_allclose(found["radius"], [0.3], rtol=1e-6)
    np.testing.assert_allclose(found["x"], [[0.68, 0.74]], rtol=1e-6)
    # Beyond the plane, at 0.2: the radius shrinks to 0.15.
    found = search(DDN(steps=2, **attack), oracle, [[0.5, 0.5]])
    np.testing.assert_allclose(found["radius"], [0.15], rtol=1e-6)
    np.testing.assert_allclose(found["x"], [[0.59, 0.62]], rtol=1e-6)
    assert found["distance"] == pytest.approx(0.3, rel=1e-5)


def test_lengths_are_shares_of_the_range():
    rng = np.random.default_rng(1)
    weights, x = rng.normal(size=4), 0.5 + 0.1 * rng.normal(size=(3, 4))
    bias = -0.2 - (x @ weights).max()
    small = search(DDN(steps=9), LinearOracle(weights, bias), x)
    large = search(
        DDN(steps=9),
        LinearOracle(weights / 255, bias),
        x * 255,
        bounds=(0.0, 255.0),
    )
    np.testing.assert_allclose(large["x"] / 255, small["x"], rtol=1e-4)
    ratio = large["distance"] / small["distance"]
    np.testing.assert_allclose(ratio, 255, rtol=1e-4)


def test_the_radius_reaches_the_farthest_corner_and_no_farther():
    # Never misclassified: the radius grows, and the corner is at (1, 0).
    oracle = LinearOracle([0.6, -0.8], -9)
    found = search(DDN(steps=5, gamma=1.0), oracle, [[0.4, 0.8]])
    np.testing.assert_allclose(found["radius"], [1.0], rtol=1e-6)
    np.testing.assert_allclose(found["x"], [[1.0, 0.0]], atol=1e-6)


def test_the_log_odds_first_and_then_the_margin():
    logits = ops.convert_to_tensor(np.float32([[2.0, 1.0, 1.0]]))
    y = ops.convert_to_tensor(np.int32([0]))
    # log(2 e) - 2 and 1 - 2, by hand.
    first, second = (float(DDN()._loss(logits, y, s)[0]) for s in (0.4, 0.5))
    assert first == pytest.approx(np.log(2) - 1)
    assert second == pytest.approx(-1)
    value = DDN(loss="log_odds")._loss(logits, y, 0.9)
    assert float(value[0]) == pytest.approx(np.log(2) - 1)


def test_the_loss_is_part_of_the_compiled_code():
    keys = {DDN(loss=name).static_key() for name in ("margin", "dlr")}
    assert len(keys) == 2
    assert DDN(loss="dlr").classes_needed() == 3
