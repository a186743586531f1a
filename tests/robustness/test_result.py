import numpy as np
import pytest

from keras_ceb._src.robustness.result import RobustAccuracy


def test_shares_and_their_interval():
    clean = np.array([1, 1, 1, 0], bool)
    robust = np.array([1, 0, 1, 0], bool)
    result = RobustAccuracy({"name": "PGD-20"}, clean, robust, {"PGD-20": 0.5})
    assert (result.clean_accuracy, result.accuracy) == (0.75, 0.5)
    # Wilson, 1927, at 95 %: (p + z^2 / 2n +- ...) / (1 + z^2 / n).
    assert result.interval == pytest.approx((0.1500, 0.8500), abs=1e-4)
    assert str(result) == (
        "0.5000 under PGD-20, 95% interval 0.1500 to 0.8500; "
        "0.7500 without attack; 4 images"
    )
    result.confidence = 0.5
    low, high = result.interval
    assert 0.15 < low < 0.5 < high < 0.85
