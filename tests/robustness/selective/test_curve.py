import itertools

import numpy as np
import pytest

from keras_ceb.robustness import selective

UNCERTAINTY = np.array([0.2, 0.9, 0.5, 0.5, 0.9, 0.5])
RIGHT = np.array([1, 0, 1, 0, 1, 0])


def accuracies(right):
    """Among the first k of answers in a given order."""
    return np.cumsum(right) / np.arange(1, len(right) + 1)


def test_ties_are_the_mean_over_all_orders():
    every = [
        accuracies(RIGHT[list(order)])
        for order in itertools.permutations(range(6))
        if (np.diff(UNCERTAINTY[list(order)]) >= 0).all()
    ]
    assert len(every) == 6 * 2
    curve = selective.accuracy_curve(UNCERTAINTY, RIGHT)
    np.testing.assert_allclose(curve, np.mean(every, axis=0), rtol=1e-14)
    area = np.mean([1 - one.mean() for one in every])
    assert selective.aurc(UNCERTAINTY, RIGHT) == pytest.approx(area)


def test_by_hand():
    uncertainty, right = [0.1, 0.9, 0.5], [True, False, True]
    curve = selective.accuracy_curve(uncertainty, right)
    np.testing.assert_allclose(curve, [1, 1, 2 / 3])
    assert selective.aurc(uncertainty, right) == pytest.approx(1 / 9)
    assert selective.excess_aurc(uncertainty, right) == 0
    # The wrong answer is the most certain: accuracies 0, 1/2 and 2/3.
    worst = selective.excess_aurc([0.5, 0.1, 0.9], right)
    assert worst == pytest.approx(11 / 18 - 1 / 9)


def test_accuracy_at_a_coverage():
    at = selective.accuracy_at
    assert at(1.0, UNCERTAINTY, RIGHT) == 0.5
    # Of one in three, two of six are answered.
    assert at(1 / 3, UNCERTAINTY, RIGHT) == pytest.approx((1 + 1 / 3) / 2)
    assert at(0.01, UNCERTAINTY, RIGHT) == 1
    # 0.55 of 100 are 55 answers and not 56.
    right = np.arange(100) < 55
    assert at(0.55, np.arange(100), right) == 1


@pytest.mark.parametrize(
    "uncertainty,right,message",
    [
        ([[0.1]], [[True]], "must be vectors of one length"),
        ([0.1, 0.2], [True], r"one length.*\(2,\) and \(1,\)"),
        ([], [], "`right` must hold at least one"),
        ([0.1, np.inf], [True, False], "`uncertainty` must be finite.*inf"),
        ([0.1, 0.2], [0, 2], "`right` must be True or False.*2"),
    ],
)
@pytest.mark.parametrize(
    "measure",
    [selective.accuracy_curve, selective.aurc, selective.excess_aurc],
)
def test_invalid_answers(measure, uncertainty, right, message):
    with pytest.raises(ValueError, match=message):
        measure(uncertainty, right)


@pytest.mark.parametrize("coverage", [0, 1.1, -1, np.nan])
def test_invalid_coverage(coverage):
    with pytest.raises(ValueError, match="`coverage` must be.*Received"):
        selective.accuracy_at(coverage, [0.1], [True])
