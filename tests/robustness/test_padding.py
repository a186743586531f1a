import numpy as np
import pytest

from keras_ceb._src.robustness import padding


def test_pads_with_the_last_row():
    arrays = {"x": np.arange(6).reshape(3, 2), "y": np.arange(3)}
    padded = padding.pad(arrays, 5)
    np.testing.assert_array_equal(padded["y"], [0, 1, 2, 2, 2])
    np.testing.assert_array_equal(padded["x"][3:], [[4, 5], [4, 5]])
    assert padding.pad(arrays, 3) is arrays


@pytest.mark.parametrize("one_size", [True, False])
@pytest.mark.parametrize("n", [1, 4, 8, 10])
def test_batches_are_put_together_again(n, one_size):
    sizes = []

    def function(part):
        sizes.append(len(part["x"]))
        return {"double": 2 * part["x"], "x": part["x"]}

    x = np.arange(n)
    found = padding.map_batches(function, {"x": x}, 4, one_size)
    np.testing.assert_array_equal(found["double"], 2 * x)
    np.testing.assert_array_equal(found["x"], x)
    full = [4] * (n // 4)
    rest = [4 if one_size else n % 4] if n % 4 else []
    assert sizes == full + rest
