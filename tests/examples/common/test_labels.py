import numpy as np

from examples.common import labels


def test_a_share_of_each_label_goes_to_all_classes():
    found = labels.smoothed(np.array([1, 0]), 0.1, 4)
    expected = [[0.025, 0.925, 0.025, 0.025], [0.925, 0.025, 0.025, 0.025]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    assert found.dtype == "float32"
    np.testing.assert_array_equal(labels.smoothed([1], 0.0, 2), [[0, 1]])
