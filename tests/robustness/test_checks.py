import numpy as np
import pytest

from keras_ceb._src.robustness import checks


def test_rounding_errors_of_the_range_are_forgiven():
    x = np.float32([[-1e-6, 1 + 1e-6]])
    found = checks.check_images(x, (0.0, 1.0))
    np.testing.assert_array_equal(found, [[0, 1]])


@pytest.mark.parametrize(
    "y",
    [
        np.array(["cat", "dog"]),
        np.array([b"cat", b"dog"]),
        np.array([["cat"], ["dog"]]),
        np.array([0, 1], object),
        ["cat", "dog"],
    ],
)
def test_labels_that_are_names(y):
    message = r"`y` must be the numbers of the classes.*np.unique.*Received"
    with pytest.raises(ValueError, match=message):
        checks.check_labels(y, 2, 2)


@pytest.mark.parametrize(
    "x",
    [
        np.array([["a"]]),
        np.array([[None]]),
        np.array([[1j]]),
        [np.zeros((2, 2)), np.zeros((3, 3))],
    ],
)
def test_images_that_are_no_numbers(x):
    with pytest.raises(ValueError, match="`x` must be .*Received"):
        checks.check_images(x, (0.0, 1.0))


def test_errors_name_what_they_are_told_and_count_from_there():
    x = np.float32([[0], [np.nan]])
    with pytest.raises(ValueError, match=r"Pixels must not.*\[11\]"):
        checks.check_images(x, (0.0, 1.0), "Pixels", first=10)
    with pytest.raises(ValueError, match="Classes must lie in 0..1"):
        checks.check_labels([0, 2], 2, 2, "Classes")


@pytest.mark.parametrize(
    "y", [[0, 1], [0.0, 1.0], [[0], [1]], [[0.0], [1.0]], [[1, 0], [0, 1]]]
)
def test_labels_in_every_form(y):
    for form in (y, np.array(y), np.array(y, "float32")):
        labels = checks.check_labels(form, 2, 2)
        assert labels.dtype == "int32"
        np.testing.assert_array_equal(labels, [0, 1])
