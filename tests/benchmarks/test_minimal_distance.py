"""The judge of the tools by hand."""

import numpy as np
import pytest

pytest.importorskip("sklearn")

from benchmarks import minimal_distance as study  # noqa: E402


class Threshold:
    """Class 1 where the first value is above 0.5."""

    def predict(self, x, verbose):
        above = x[:, 0, 0] > 0.5
        return np.stack([~above, above], axis=1).astype("float32")


X = np.full((2, 1, 3), 0.25, "float32")
Y = np.zeros(2, int)
FOUND = np.float32([[[0.75, 0.25, 0.0]], [[0.5, 0.25, 0.25]]])


@pytest.mark.parametrize(
    ("norm", "expected"),
    [("l0", 2), ("l1", 0.75), ("l2", 0.3125**0.5), ("linf", 0.5)],
)
def test_distances_of_fooled_images(norm, expected):
    found = study.judge(Threshold(), X, Y, FOUND, norm)
    np.testing.assert_allclose(found, [expected, np.inf])


def test_points_outside_of_the_range_are_refused():
    with pytest.raises(ValueError, match="outside"):
        study.judge(Threshold(), X, Y, FOUND + 0.5, "l2")


def test_the_median_is_one_of_the_distances():
    assert study.median(np.array([1.0, 2.0, np.inf])) == 2
    assert study.median(np.array([1.0, np.inf, np.inf])) is None
