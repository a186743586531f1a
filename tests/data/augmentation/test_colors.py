import numpy as np
import pytest

from keras_ceb._src.data.augmentation.colors import color
from keras_ceb._src.data.augmentation.colors import fill_color


def test_colors():
    assert color(3, "c") == 3.0
    assert color([1, 2, 3], "c") == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(fill_color((1, 2.6, 3), 3), [1, 3, 3])
    np.testing.assert_array_equal(fill_color(7, 3), [7, 7, 7])
    np.testing.assert_array_equal(fill_color((10, 20, 60), 1), [30])
    with pytest.raises(ValueError, match="`c`.*256"):
        color(256, "c")


def test_colors_of_another_range():
    assert color((0, 0.5, 1), "c", (0, 1)) == (0, 0.5, 1)
    with pytest.raises(ValueError, match="`c`.*at least 0, at most 1.*128"):
        color(128, "c", (0, 1))
    for value, value_range in (((0, 0.5, 1), (0, 1)), ((-1, 0, 1), (-1, 1))):
        for dtype in ("uint8", "int32"):
            found = np.asarray(fill_color(value, 3, value_range, dtype))
            assert found.dtype == dtype
            np.testing.assert_array_equal(found, [0, 128, 255])
        found = np.asarray(fill_color(value, 3, value_range, "float32"))
        np.testing.assert_array_equal(found, value)
    found = np.asarray(fill_color((1.5, 2, 2.5), 1, dtype="float32"))
    np.testing.assert_array_equal(found, [2])
