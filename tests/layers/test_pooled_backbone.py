import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb.layers import PooledBackbone
from tests.layers.checks import run_layer_checks

RNG = np.random.default_rng(0)


def identity(*shape, **kwargs):
    inputs = keras.Input(shape)
    return keras.Model(
        inputs, keras.layers.Activation("linear")(inputs), **kwargs
    )


def test_layer():
    x = RNG.normal(size=(2, 4, 4, 3)).astype("float32")
    backbone = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.Conv2D(5, 3)]
    )
    run_layer_checks(
        PooledBackbone(backbone),
        lambda layer: layer(x),
        output_shape=(2, 5),
        num_weights=2,
    )


@pytest.mark.parametrize(
    "shape,data_format,axes",
    [
        ((7,), None, ()),
        ((5, 7), None, (1,)),
        ((5, 7), "channels_first", (1,)),
        ((3, 4, 7), "channels_last", (1, 2)),
        ((7, 3, 4), "channels_first", (2, 3)),
        ((2, 3, 4, 7), "channels_last", (1, 2, 3)),
        ((7, 2, 3, 4), "channels_first", (2, 3, 4)),
    ],
)
def test_pooling(shape, data_format, axes):
    x = RNG.normal(size=(2, *shape)).astype("float32")
    layer = PooledBackbone(identity(*shape), data_format)
    assert layer.compute_output_shape((None, *shape))[0] is None
    actual = ops.convert_to_numpy(layer(x))
    np.testing.assert_allclose(actual, x.mean(axes), rtol=1e-5, atol=1e-6)
    assert layer.compute_output_shape((None, *shape)) == (None, 7)


def test_data_format_is_that_of_the_backbones_last_layer_that_has_one():
    inputs = keras.Input((7, 4, 4))
    pooled = keras.layers.AveragePooling2D(2, data_format="channels_first")(
        inputs
    )
    backbone = keras.Model(inputs, keras.layers.ReLU()(pooled))
    x = np.abs(RNG.normal(size=(2, 7, 4, 4))).astype("float32")
    layer = PooledBackbone(backbone)
    layer.build(backbone.input_shape)
    assert layer.compute_output_shape((None, 7, 4, 4)) == (None, 7)
    if keras.config.backend() == "jax":  # TensorFlow has no such CPU kernel.
        np.testing.assert_allclose(
            ops.convert_to_numpy(layer(x)), x.mean((2, 3)), rtol=1e-5
        )


def test_masked_tokens_are_left_out():
    tokens = np.array([[1, 2, 0, 0], [3, 1, 2, 0]])
    backbone = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            keras.layers.Embedding(4, 6, mask_zero=True),
        ]
    )
    table = backbone.get_weights()[0]
    expected = [table[row[row > 0]].mean(0) for row in tokens]
    actual = PooledBackbone(backbone)(tokens)
    np.testing.assert_allclose(
        ops.convert_to_numpy(actual), expected, rtol=1e-5
    )


def embedding(tokens=4, length=6):
    """A backbone of masked tokens, and the table that it looks them up in."""
    backbone = keras.Sequential(
        [
            keras.Input((None,), dtype="int32"),
            keras.layers.Embedding(tokens, length, mask_zero=True),
        ]
    )
    return backbone, backbone.get_weights()[0]


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16"])
def test_a_row_that_is_all_padding_gets_zeros(policy):
    keras.mixed_precision.set_dtype_policy(policy)
    backbone, table = embedding()
    tokens = np.array([[1, 2, 0, 0], [0, 0, 0, 0], [3, 3, 3, 1]])
    expected = [
        table[row[row > 0]].mean(0) if row.any() else np.zeros(6)
        for row in tokens
    ]
    np.testing.assert_allclose(
        ops.convert_to_numpy(PooledBackbone(backbone)(tokens)),
        expected,
        atol=1e-6 if policy == "float32" else 1e-2,
    )


@pytest.mark.parametrize("objective", ["ceb", "vib", "xent"])
@pytest.mark.parametrize(
    "tokens",
    [[[1, 2], [0, 0]], [[0, 0], [0, 0]]],
    ids=["one row", "all rows"],
)
def test_padding_leaves_the_weights_finite(objective, tokens):
    backbone, table = embedding()
    model = keras_ceb.wrap(backbone, 2, objective=objective, rho=1.0, seed=0)
    # Adam: a gradient of NaN would stay in its moments.
    # Compiled for one objective; what a NaN would come from is the same.
    model.compile(keras.optimizers.Adam(0.01), run_eagerly=objective != "ceb")
    tokens = np.array(tokens)
    history = model.fit(tokens, np.array([0, 1]), epochs=2, verbose=0).history
    assert np.isfinite(history["loss"]).all()
    for variable in [*model.weights, *model.optimizer.variables]:
        assert np.isfinite(ops.convert_to_numpy(variable)).all(), variable.path
    assert np.isfinite(model.predict(tokens, verbose=0)).all()
    # The padding token is in no average.
    np.testing.assert_array_equal(backbone.get_weights()[0][0], table[0])


@pytest.mark.parametrize(
    "shape,data_format,empty",
    [
        ((None, 7), None, (0, 7)),
        ((None, 4, 7), "channels_last", (0, 4, 7)),
        ((7, None, None), "channels_first", (7, 0, 0)),
        ((2, None, 4, 7), "channels_last", (2, 0, 4, 7)),
    ],
)
def test_features_without_an_extent_get_zeros(shape, data_format, empty):
    layer = PooledBackbone(identity(*shape), data_format)
    actual = ops.convert_to_numpy(layer(np.zeros((2, *empty), "float32")))
    np.testing.assert_array_equal(actual, np.zeros((2, 7)))


@pytest.mark.tf_only
def test_extents_that_a_graph_does_not_know():
    import tensorflow as tf

    layer = PooledBackbone(identity(None, None, 7))
    spec = tf.TensorSpec((None, None, None, 7))
    call = tf.function(layer, input_signature=[spec])
    x = RNG.normal(size=(2, 3, 5, 7)).astype("float32")
    np.testing.assert_allclose(call(x), x.mean((1, 2)), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(call(x[:, :, :0]), np.zeros((2, 7)))


def test_mixed_precision_averages_in_float32():
    keras.mixed_precision.set_dtype_policy("mixed_bfloat16")
    backbone = identity(64, 64, 1)
    layer = PooledBackbone(backbone)
    x = 1.0 + 0.125 * RNG.integers(0, 8, (1, 64, 64, 1)).astype("float32")
    actual = layer(x)
    assert backbone.compute_dtype == "bfloat16"
    assert keras.backend.standardize_dtype(actual.dtype) == "float32"
    # Exact in bfloat16 as pixels, but not as a sum of 4096 of them.
    np.testing.assert_allclose(
        ops.convert_to_numpy(actual), [[x.mean()]], rtol=1e-6
    )


def test_training_reaches_a_backbone_that_does_not_name_it():
    class Backbone(keras.Model):
        def __init__(self):
            super().__init__()
            self.norm = keras.layers.BatchNormalization()

        def call(self, x):
            return self.norm(x)

    layer = PooledBackbone(Backbone())
    x = RNG.normal(5.0, size=(64, 3)).astype("float32")
    trained = ops.convert_to_numpy(layer(x, training=True))
    np.testing.assert_allclose(trained.mean(0), 0.0, atol=1e-4)
    assert ops.convert_to_numpy(layer(x, training=False)).mean() > 1.0


def test_bad_backbones():
    with pytest.raises(TypeError, match=r"`backbone` must be .*Received"):
        PooledBackbone(lambda x: x)
    with pytest.raises(ValueError, match=r"`data_format` must be .*Received"):
        PooledBackbone(identity(3), "NHWC")
    x = keras.Input((3,))
    six = ops.reshape(x, (-1, 1, 1, 1, 1, 3))
    outputs = (ops.sum(x, axis=-1), six, x[:, :0], [x, x], {"a": x, "b": 2 * x})
    for output in outputs:
        bad = keras.Model(x, output)
        with pytest.raises(ValueError, match=r"`backbone` must .*Received"):
            PooledBackbone(bad).build(bad.input_shape)
