import numpy as np
import pytest
from scipy import special

from keras_ceb.robustness import ood

LOGITS = np.float32([[1, 2, 3], [-5, 0, 5], [2, 2, 2]])


def test_equal_to_scipy():
    total = special.logsumexp(LOGITS.astype("float64"), axis=1)
    np.testing.assert_allclose(ood.energy(LOGITS), -total, rtol=1e-14)
    largest = special.softmax(LOGITS.astype("float64"), axis=1).max(axis=1)
    np.testing.assert_allclose(
        np.exp(-ood.max_softmax(LOGITS)), largest, rtol=1e-14
    )
    np.testing.assert_array_equal(ood.max_logit(LOGITS), [-3, -5, -2])


def test_confident_logits_are_told_apart():
    # Both have a largest probability of 1 in float32 and in float64.
    surer, less_sure = ood.max_softmax(np.float32([[60, 0], [50, 0]]))
    assert 0 < surer < less_sure
    assert surer == pytest.approx(np.exp(-60), rel=1e-6)
    assert np.isfinite(ood.energy(np.float32([[1e30, -1e30]])))


@pytest.mark.parametrize("score", [ood.energy, ood.max_logit, ood.max_softmax])
def test_invalid_logits(score):
    with pytest.raises(ValueError, match=r"`logits` must.*shape \(3,\)"):
        score(np.zeros(3))
