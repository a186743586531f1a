import numpy as np
import pytest

from keras_ceb import validation


def test_values_pass_through():
    assert validation.finite_number(np.float32(1.5), "a") == 1.5
    assert validation.positive_integer(np.int64(3), "a") == 3
    assert validation.positive_integer(3.0, "a") == 3
    assert validation.one_of("x", "a", ("x", "y")) == "x"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(value):
    with pytest.raises(ValueError, match=r"`a` must be a finite.*Received: a="):
        validation.finite_number(value, "a")


@pytest.mark.parametrize("value", ["1", None, True, [1.0]])
def test_what_is_no_number(value):
    with pytest.raises(TypeError, match=r"`a` must be a number.*Received: a="):
        validation.finite_number(value, "a")


def test_limits_are_named():
    with pytest.raises(ValueError, match="at least 0, at most 1"):
        validation.finite_number(2, "a", minimum=0, maximum=1)
    with pytest.raises(ValueError, match="an integer of at least 2"):
        validation.positive_integer(1, "a", minimum=2)
    with pytest.raises(ValueError, match="one of 'x', 'y'"):
        validation.one_of("z", "a", ("x", "y"))


def test_pairs():
    assert validation.increasing_pair([0, np.float32(0.5)], "a") == (0.0, 0.5)
    for value in ((1, 0), (0, 0), 3, None, (0, 1, 2), "01", (0, np.nan)):
        with pytest.raises(ValueError, match="`a` must be two.*Received: a="):
            validation.increasing_pair(value, "a")
