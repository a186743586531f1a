import numpy as np
import pytest

from examples.common import calibration

# Two classes: probabilities of the first 3/4, 3/4, 3/4 and 1/4.
LOGITS = np.log(np.array([[3.0, 1.0], [3.0, 1.0], [3.0, 1.0], [1.0, 3.0]]))
LABELS = np.array([0, 0, 1, 1])


def test_nll_and_ece_by_hand():
    expected = -(3 * np.log(0.75) + np.log(0.25)) / 4
    assert calibration.nll(LOGITS, LABELS) == pytest.approx(expected)
    # Three of four are right, as confident as that.
    assert calibration.ece(LOGITS, LABELS) == pytest.approx(0.0, abs=1e-12)
    assert calibration.ece(LOGITS, 1 - LABELS) == pytest.approx(0.5)


def test_reliability_counts_by_confidence():
    found = calibration.reliability(LOGITS, LABELS, bins=5)
    assert found["count"] == [0, 0, 0, 4, 0]
    assert found["right"] == [0, 0, 0, 3, 0]
    np.testing.assert_allclose(found["confidence"], [0, 0, 0, 3, 0])


def test_logits_of_any_size():
    huge = calibration.nll(np.array([[1e4, -1e4]]), np.array([1]))
    assert huge == pytest.approx(2e4)


def test_the_temperature_undoes_a_scale():
    # The likelihood of 3 of 4 right is largest at a confidence of 3/4.
    found = calibration.temperature(5 * LOGITS, LABELS)
    assert found == pytest.approx(5.0, rel=1e-3)


def test_each_half_is_scaled_by_the_temperature_of_the_other():
    # Interleaved: even examples are too confident by 2, odd ones by 5.
    logits = np.stack([2 * LOGITS, 5 * LOGITS], axis=1).reshape(8, 2)
    labels = np.repeat(LABELS, 2)
    scaled, temperatures = calibration.cross_fitted(logits, labels)
    assert temperatures == [pytest.approx(5, rel=1e-3), pytest.approx(2, 1e-3)]
    np.testing.assert_allclose(scaled[0], 2 / 5 * LOGITS[0], rtol=1e-3)
    np.testing.assert_allclose(scaled[1], 5 / 2 * LOGITS[0], rtol=1e-3)
