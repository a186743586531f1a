import numpy as np
import pytest

from keras_ceb._src.data.augmentation.filled_augmentation import (
    FilledAugmentation,
)
from keras_ceb._src.data.augmentation.pixel_range import Use


def test_no_color_is_black_the_lower_end_of_the_range():
    for value_range, use in (((0, 1), Use.ENDS), ((-1, 1), Use.SCALE)):
        layer = FilledAugmentation(value_range=value_range)
        images = np.zeros((1, 4, 4, 3), "float32")
        np.testing.assert_array_equal(layer.fill_of(images), value_range[0])
        assert layer.range_use == use
        assert layer.get_config()["fill_value"] is None


def test_a_color_has_the_dtype_and_the_channels_of_the_images():
    layer = FilledAugmentation((0.2, 0.4, 0.6), value_range=(0, 1))
    assert layer.range_use == Use.SCALE
    fill = layer.fill_of(np.zeros((1, 4, 4, 3), "uint8"))
    np.testing.assert_array_equal(fill, [51, 102, 153])
    gray = layer.fill_of(np.zeros((1, 4, 4, 1), "float32"))
    np.testing.assert_allclose(gray, [0.4])


def test_a_color_beyond_the_range_is_refused():
    with pytest.raises(ValueError, match="`fill_value`"):
        FilledAugmentation(2.0, value_range=(0, 1))
