import keras
import numpy as np
import pytest

from keras_ceb._src.data.pipeline import scaling

PIXELS = np.arange(256, dtype="uint8")


def test_the_values_never_leave_the_bounds():
    found = scaling.scale_pixels(PIXELS, (-1.0, 1.0))
    np.testing.assert_allclose(found, PIXELS / 127.5 - 1, atol=1e-6)
    assert found.min() == -1 and found.max() == 1
    for bounds in [(0.0, 0.1), (0.1, 0.7), (-0.3, 0.9)]:
        found = scaling.scale_pixels(PIXELS, bounds).astype("float64")
        low, high = np.float32(bounds)
        assert low <= found.min() and found.max() <= high


def test_pixels_from_0_to_255_stay_as_they_are():
    found = scaling.scale_pixels(PIXELS, (0.0, 255.0))
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, PIXELS)


@pytest.mark.parametrize(
    ("bounds", "scale", "offset"),
    [((0.0, 1.0), 1 / 255, 0.0), ((-1.0, 1.0), 2 / 255, -1.0)],
)
def test_a_layer_of_keras_gives_the_same_values(bounds, scale, offset):
    layer = keras.layers.Rescaling(scale, offset)
    expected = keras.ops.convert_to_numpy(layer(PIXELS[:, None]))[:, 0]
    found = scaling.scale_pixels(PIXELS, bounds)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize(
    "images",
    [
        PIXELS.astype("float32") / 255,
        PIXELS.astype("float64") - 128,
        PIXELS.astype("int32") * 2,
        np.array([0.0, 300.0]),
        np.array([0.0, np.inf]),
    ],
)
def test_what_is_no_pixels(images):
    with pytest.raises(ValueError, match="`images`.*0 to 255.*`bounds=None`"):
        scaling.check_pixels(images)


def test_what_is_pixels():
    for dtype in ("uint8", "int32", "float16", "float64"):
        scaling.check_pixels(PIXELS.astype(dtype))
        scaling.check_pixels(0 * PIXELS.astype(dtype))
    # Resizing may overshoot by less than half a level.
    scaling.check_pixels(np.array([-0.3, 255.4]))
    scaling.check_pixels(np.array([True, False]))
