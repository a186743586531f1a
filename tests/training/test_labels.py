import numpy as np
import pytest
from keras import ops

from keras_ceb._src.training import labels


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


@pytest.mark.parametrize("dtype", ["uint8", "int32", "int64"])
def test_integers(dtype):
    y = np.array([0, 2, 1], dtype)
    for form in (y, y[:, None], ops.convert_to_tensor(y)):
        np.testing.assert_array_equal(numpy(labels.standardize(form, 3)), y)


def test_lists_and_single_structures():
    np.testing.assert_array_equal(
        numpy(labels.standardize([0, 2, 1], 3)), [0, 2, 1]
    )
    y = np.array([0, 2, 1])
    np.testing.assert_array_equal(numpy(labels.standardize((y,), 3)), y)
    np.testing.assert_array_equal(numpy(labels.standardize({"y": y}, 3)), y)


def test_target_probabilities():
    y = np.array([[1, 0], [0, 1]])
    for dtype in ("int32", "float32", "float64"):
        targets = numpy(labels.standardize(y.astype(dtype), 2))
        np.testing.assert_array_equal(targets, y)
        assert targets.dtype == np.float32


def test_valid_integers():
    y = labels.standardize(np.array([-1, 0, 2, 3]), 3)
    np.testing.assert_array_equal(
        numpy(labels.valid(y, 3)), [False, True, True, False]
    )


def test_valid_target_probabilities():
    y = np.array(
        [[0.9, 0.1], [1.0, 0.5], [1.5, -0.5], [np.nan, 1.0], [0.498, 0.5]]
    )
    np.testing.assert_array_equal(
        numpy(labels.valid(labels.standardize(y, 2), 2)),
        [True, False, False, False, True],
    )


def test_neutral_replaces_what_is_not_valid():
    y = labels.standardize(np.array([5, 1]), 3)
    mask = labels.valid(y, 3)
    np.testing.assert_array_equal(numpy(labels.neutral(y, mask)), [0, 1])
    soft = labels.standardize(np.array([[np.nan, 1, 0], [0, 0.5, 0.5]]), 3)
    mask = labels.valid(soft, 3)
    np.testing.assert_array_equal(
        numpy(labels.neutral(soft, mask)), [[1, 0, 0], [0, 0.5, 0.5]]
    )


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
        labels.standardize(y, 3)


def test_chosen():
    logits = np.array([[3.0, 1.0], [0.0, 2.0], [5.0, 1.0]], "float32")
    y = labels.standardize(np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(
        numpy(labels.chosen(logits, y)), [True, False, False]
    )
    soft = labels.standardize(np.array([[0.9, 0.1], [0.2, 0.8], [0, 1]]), 2)
    np.testing.assert_array_equal(
        numpy(labels.chosen(logits, soft)), [True, True, False]
    )


def test_check_names_the_wrong_values():
    with pytest.raises(
        ValueError,
        match=r"`y` must hold integers from 0 to 2.*1 of 4.*\[2\]: \[7\]",
    ):
        labels.check(np.array([0, 1, 7, 2]), 3)
    with pytest.raises(ValueError, match="`validation_data` must hold"):
        labels.check([0, -1], 3, "validation_data")
    labels.check([0, 1, 2], 3)


def test_weights_are_those_of_the_examples_that_are_possible():
    mask = np.array([True, False, True])
    np.testing.assert_array_equal(numpy(labels.weights(mask)), [1, 0, 1])
    for given in ([0.5, 2.0, 3.0], [[0.5], [2.0], [3.0]]):
        weights = numpy(labels.weights(mask, np.array(given, "float64")))
        np.testing.assert_array_equal(weights, [0.5, 0, 3])
        assert weights.dtype == np.float32
