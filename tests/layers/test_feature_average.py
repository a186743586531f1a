import keras
import numpy as np
from keras import ops

from keras_ceb._src.layers.feature_average import FeatureAverage

X = np.arange(24, dtype="float32").reshape(2, 3, 4)
MASK = np.array([[True, False, True], [False, False, False]])


def test_average_over_axes():
    layer = FeatureAverage((1,))
    np.testing.assert_allclose(ops.convert_to_numpy(layer(X)), X.mean(1))
    assert layer.compute_output_shape((None, 3, 4)) == (None, 4)
    # A mask counts only where it is meant to.
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(X, mask=MASK)), X.mean(1)
    )


def test_masked_average_as_keras_takes_it_and_zeros_where_it_has_none():
    layer = FeatureAverage((1,), masked=True)
    actual = ops.convert_to_numpy(layer(X, mask=MASK))
    oracle = keras.layers.GlobalAveragePooling1D()(X[:1], mask=MASK[:1])
    np.testing.assert_allclose(actual[:1], ops.convert_to_numpy(oracle))
    np.testing.assert_array_equal(actual[1], np.zeros(4))


def test_what_the_mask_leaves_out_may_be_anything():
    x = X.copy()
    x[0, 1], x[1] = np.nan, np.inf
    actual = FeatureAverage((1,), masked=True)(x, mask=MASK)
    np.testing.assert_allclose(
        ops.convert_to_numpy(actual), [X[0, [0, 2]].mean(0), np.zeros(4)]
    )


def test_config():
    layer = FeatureAverage((2, 3), masked=True)
    revived = FeatureAverage.from_config(layer.get_config())
    assert revived.get_config() == layer.get_config()


def test_no_tokens_at_all_and_one_token_that_counts():
    empty = FeatureAverage((1,))(np.zeros((2, 0, 4), "float32"))
    np.testing.assert_array_equal(ops.convert_to_numpy(empty), np.zeros((2, 4)))
    mask = np.array([[False, True, False]])
    one = FeatureAverage((1,), masked=True)(X[:1], mask=mask)
    np.testing.assert_allclose(ops.convert_to_numpy(one), X[:1, 1])
