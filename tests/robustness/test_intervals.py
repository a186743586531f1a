import pytest
from scipy import stats

from keras_ceb._src.robustness.intervals import wilson


@pytest.mark.parametrize("successes,trials", [(0, 10), (37, 100), (999, 1000)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_equals_scipy(successes, trials, confidence):
    test = stats.binomtest(successes, trials)
    expected = test.proportion_ci(confidence, method="wilson")
    found = wilson(successes, trials, confidence)
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_confidence_is_95_percent_unless_given():
    assert wilson(37, 100) == wilson(37, 100, 0.95)


def test_rounding_does_not_leave_the_proportions():
    for trials in range(1, 100):
        assert wilson(0, trials)[0] >= 0.0
        assert wilson(trials, trials)[1] <= 1.0
