import numpy as np
import pytest
from keras import ops

from keras_ceb._src import targets


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_integers(dtype):
    y = np.array([0, 2, 1], dtype)
    for form in (y, y[:, None], ops.convert_to_tensor(y)):
        np.testing.assert_array_equal(numpy(targets.standardize(form, 3)), y)


def test_lists_and_single_structures():
    np.testing.assert_array_equal(
        numpy(targets.standardize([0, 2, 1], 3)), [0, 2, 1]
    )
    y = np.array([0, 2, 1])
    np.testing.assert_array_equal(numpy(targets.standardize((y,), 3)), y)
    np.testing.assert_array_equal(numpy(targets.standardize({"y": y}, 3)), y)


def test_target_probabilities():
    y = np.array([[1, 0], [0, 1]])
    for dtype in ("int32", "float32", "float64"):
        standard = numpy(targets.standardize(y.astype(dtype), 2))
        np.testing.assert_array_equal(standard, y)
        assert standard.dtype == np.float32


@pytest.mark.parametrize(
    "y",
    [
        np.array([0.0, 1.0, 2.0]),
        np.zeros((3, 4), "float32"),
        np.zeros((3, 4), "int32"),
        np.zeros((3, 1), "float32"),
        np.zeros((3, 3, 3)),
        np.zeros(()),
        np.array([True, False]),
        {"a": np.array([0, 1]), "b": np.array([0, 1])},
        None,
    ],
    ids=[
        "float",
        "wide float",
        "wide integer",
        "float column",
        "rank 3",
        "scalar",
        "boolean",
        "two tensors",
        "missing",
    ],
)
def test_bad_shape_or_type(y):
    with pytest.raises(ValueError, match=r"`y`.*Received"):
        targets.standardize(y, 3)


def test_chosen():
    logits = np.array([[3.0, 1.0], [0.0, 2.0], [5.0, 1.0]], "float32")
    y = targets.standardize(np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(
        numpy(targets.chosen(logits, y)), [True, False, False]
    )
    soft = targets.standardize(np.array([[0.9, 0.1], [0.2, 0.8], [0, 1]]), 2)
    np.testing.assert_array_equal(
        numpy(targets.chosen(logits, soft)), [True, True, False]
    )
