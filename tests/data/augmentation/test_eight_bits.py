import keras
import ml_dtypes
import numpy as np
import pytest

from keras_ceb._src.data.augmentation import eight_bits

DTYPES = {
    "float16": np.float16,
    "bfloat16": ml_dtypes.bfloat16,
    "float32": np.float32,
    "float64": np.float64,
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("value_range", [(0, 255), (0, 1), (-1, 1)])
def test_all_bytes_survive_a_range_and_back(value_range, dtype):
    values = np.arange(256, dtype="uint8").reshape(1, 16, 16, 1)
    low, high = value_range
    floats = low + (high - low) * (values.astype("float64") / 255)
    floats = floats.astype(DTYPES[dtype])
    like = keras.ops.convert_to_tensor(floats)
    again = eight_bits.to_bytes(like, value_range)
    np.testing.assert_array_equal(again, values)
    back = eight_bits.from_bytes(again, like, value_range)
    # JAX has no float64 by default.
    assert back.dtype == like.dtype
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(back).astype("float64"),
        floats.astype("float64"),
        atol={"float16": 1e-3, "bfloat16": 8e-3}.get(dtype, 1e-6),
    )


def test_what_is_outside_is_cut_off():
    floats = np.array([-3.0, 0.49, 0.51, 300.0]).reshape(1, 2, 2, 1)
    found = eight_bits.to_bytes(floats, (0, 255))
    np.testing.assert_array_equal(np.ravel(found), [0, 0, 1, 255])
