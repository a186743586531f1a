import itertools

import numpy as np
import pytest
from scipy import special
from sklearn import metrics as sklearn_metrics

from keras_ceb._src.robustness import metrics

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(size=(500, 4)).astype("float32") * 3
Y = RNG.integers(0, 4, 500)


def test_negative_log_likelihood_and_brier_equal_sklearn():
    p = special.softmax(LOGITS.astype("float64"), axis=1)
    nll = metrics.negative_log_likelihood(LOGITS, Y).mean()
    assert nll == pytest.approx(sklearn_metrics.log_loss(Y, p), rel=1e-6)
    expected = np.mean(
        [((p[i] - np.eye(4)[Y[i]]) ** 2).sum() for i in range(500)]
    )
    assert metrics.brier_score(LOGITS, Y).mean() == pytest.approx(expected)


def test_large_logits_do_not_overflow():
    logits = np.float32([[2000, 0], [0, 2000]])
    nll = metrics.negative_log_likelihood(logits, np.array([0, 0]))
    np.testing.assert_allclose(nll, [0, 2000])
    brier = metrics.brier_score(logits, np.array([0, 0]))
    np.testing.assert_allclose(brier, [0, 2])


def test_calibration_error_by_hand():
    # Four answers at confidence 0.8, of which two are right, and six at 0.6,
    # of which all are right: 0.4 * |0.5 - 0.8| + 0.6 * |1 - 0.6|.
    p = np.array([[0.8, 0.2]] * 4 + [[0.6, 0.4]] * 6)
    y = np.array([0, 0, 1, 1] + [0] * 6)
    error = metrics.CalibrationError()
    error.update(np.log(p[:3]), y[:3])
    error.update(np.log(p[3:]), y[3:])
    assert error.result() == pytest.approx(0.4 * 0.3 + 0.6 * 0.4)


def test_calibration_error_is_a_sum_over_fifteen_bins():
    # 20 classes, so that the confidence goes down to 0.05, in the lowest bin.
    logits = RNG.normal(size=(2000, 20)) * np.linspace(0.01, 9, 2000)[:, None]
    p = special.softmax(logits, axis=1)
    confidence = p.max(axis=1)
    # Right in every other bin, so that neighbors do not add up to the same.
    edges = np.arange(16) / 15
    right = np.digitize(confidence, edges, right=True) % 2 == 0
    y = np.where(right, p.argmax(axis=1), p.argmin(axis=1))
    expected, filled = 0.0, 0
    for low, high in itertools.pairwise(edges):
        inside = (low < confidence) & (confidence <= high)
        if inside.any():
            gap = right[inside].mean() - confidence[inside].mean()
            expected += inside.mean() * abs(gap)
            filled += 1
    assert filled == 15
    error = metrics.CalibrationError()
    error.update(logits, y)
    assert error.result() == pytest.approx(expected)


def test_calibration_error_of_one_example_and_of_none():
    error = metrics.CalibrationError()
    assert error.result() == 0
    error.update(np.log([[0.8, 0.2]]), np.array([1]))
    assert error.result() == pytest.approx(0.8)
