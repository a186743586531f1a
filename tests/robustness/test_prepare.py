import numpy as np
import pytest

from keras_ceb._src.robustness.prepare import prepare
from keras_ceb.robustness import Classifier

X = np.full((4, 3), 0.5, "float32")


@pytest.fixture
def classifier(linear):
    return Classifier(linear(np.eye(3)))


def test_arrays_with_a_row_per_image(classifier):
    data, num_classes = prepare(
        classifier, X.tolist(), np.eye(3)[[0, 1, 2, 0]], targets=[1, 2, 0, 1]
    )
    assert num_classes == 3
    assert {k: v.dtype.name for k, v in data.items()} == {
        "x": "float32", "y": "int32", "index": "int32", "target": "int32"
    }  # fmt: skip
    np.testing.assert_array_equal(data["x"], X)
    np.testing.assert_array_equal(data["y"], [0, 1, 2, 0])
    np.testing.assert_array_equal(data["index"], [0, 1, 2, 3])
    np.testing.assert_array_equal(data["target"], [1, 2, 0, 1])


def test_errors_name_parts_and_images(classifier):
    names = "Images", "Labels"
    x = np.where(np.arange(4)[:, None] == 2, np.nan, X)
    index = np.arange(20, 24)
    with pytest.raises(ValueError, match=r"Images must not contain.*\[22\]"):
        prepare(classifier, x, [0] * 4, index, names=names)
    with pytest.raises(ValueError, match=r"Labels must lie in 0\.\.2"):
        prepare(classifier, X, [3] * 4, index, names=names)
    with pytest.raises(ValueError, match="Labels must be the numbers"):
        prepare(classifier, X, ["cat"] * 4, index, names=names)
