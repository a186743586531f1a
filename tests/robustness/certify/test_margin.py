import numpy as np

from keras_ceb._src.robustness.certify import margin


def test_radii_by_hand():
    logits = np.float32([[3, 1, 0], [0, 0, -5], [1, 2, 0]])
    weights = np.float32([[1, 0], [0, 1], [1, 4]])
    # From the first class: 2 / sqrt(2) and 3 / 4; a tie; 1 / sqrt(2) and
    # 2 / sqrt(10).
    np.testing.assert_allclose(
        margin.radii(logits, weights), [0.75, 0, 2 / 10**0.5]
    )
    # Parallel classes cannot overtake each other.
    apart = margin.radii(logits[:1], np.float32([[1, 0]] * 3))
    assert np.isinf(apart).all()
    assert margin.radii(logits[1:2], np.float32([[1, 0]] * 3)) == 0
