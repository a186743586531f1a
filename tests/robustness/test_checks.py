import numpy as np

from keras_ceb.robustness import checks


def test_probabilities_are_told_from_logits():
    p = np.float32([[0.2, 0.8], [1.0, 0.0]])
    assert checks.looks_like_probabilities(p)
    assert not checks.looks_like_probabilities(2 * p)
    assert not checks.looks_like_probabilities(np.float32([[-0.5, 1.5]]))


def test_rounding_errors_of_the_range_are_forgiven():
    x = np.float32([[-1e-6, 1 + 1e-6]])
    found = checks.check_images(x, (0.0, 1.0))
    np.testing.assert_array_equal(found, [[0, 1]])
