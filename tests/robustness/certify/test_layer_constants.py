import keras
import numpy as np
import pytest

from keras_ceb._src.robustness.certify import layer_constants
from tests.robustness.certify.test_operator_norms import norm_of

RNG = np.random.default_rng(0)
LAYERS = keras.layers


def constant(layer, shape):
    if not layer.built:
        layer.build((None, *shape))
    return layer_constants.layer_constant(layer, (None, *shape))


@pytest.mark.parametrize("activation", layer_constants.ACTIVATIONS)
def test_slopes_of_activations(activation):
    known = layer_constants.ACTIVATIONS[activation]
    x = np.linspace(-6, 6, 2401)
    if activation is keras.activations.softmax:
        # Two numbers, of which one moves: p (1 - p) twice, at an angle.
        pairs = np.stack([x, -x], axis=1).astype("float32")
        y = keras.ops.convert_to_numpy(activation(pairs))
        steps = np.linalg.norm(np.diff(y, axis=0), axis=1)
        steepest = (steps / (2**0.5 * np.diff(x))).max()
    else:
        y = keras.ops.convert_to_numpy(activation(x.astype("float32")))
        steepest = np.abs(np.diff(y.astype("float64")) / np.diff(x)).max()
    assert 0.98 * known < steepest < known * 1.001


@pytest.mark.parametrize(
    ("make", "shape", "slack"),
    [
        (lambda: LAYERS.Dense(3), (5,), 1.0),
        (lambda: LAYERS.Dense(3), (2, 5), 1.0),
        (lambda: LAYERS.Conv2D(4, 3, groups=2), (6, 6, 2), 1.3),
        (lambda: LAYERS.Conv2D(2, 2, dilation_rate=2), (12, 12, 1), 1.1),
        (lambda: LAYERS.Conv1D(3, 3, strides=2), (24, 2), 1.1),
        (lambda: LAYERS.Conv1D(3, 3, padding="causal"), (24, 2), 1.1),
        (lambda: LAYERS.DepthwiseConv2D(3), (8, 8, 2), 1.3),
        (lambda: LAYERS.DepthwiseConv1D(2), (16, 2), 1.1),
        (lambda: LAYERS.AveragePooling2D(2), (4, 4, 1), 1.0),
        (lambda: LAYERS.AveragePooling2D(3, 2), (9, 9, 1), 1.15),
        (lambda: LAYERS.AveragePooling2D(2, padding="same"), (3, 3, 1), 1.0),
        (lambda: LAYERS.AveragePooling2D(3, 1, "same"), (6, 6, 1), 3.1),
        (lambda: LAYERS.AveragePooling1D(2), (6, 2), 1.0),
        (lambda: LAYERS.GlobalAveragePooling2D(), (3, 4, 2), 1.0),
        (lambda: LAYERS.GlobalAveragePooling1D(), (5, 2), 1.0),
        (lambda: LAYERS.Rescaling([0.5, -2.0], 1.0), (2,), 1.0),
        (lambda: LAYERS.Normalization(mean=1.0, variance=0.25), (2,), 1.0),
        (lambda: LAYERS.ZeroPadding2D(2), (2, 3, 1), 1.0),
        (lambda: LAYERS.Flatten(), (2, 3), 1.0),
        (lambda: LAYERS.Dropout(0.5), (3,), 1.0),
    ],
)
def test_linear_layers_against_their_matrix(make, shape, slack):
    keras.utils.set_random_seed(0)
    layer = make()
    bound = constant(layer, shape)
    true = norm_of(layer, shape)
    assert true <= bound * (1 + 1e-5) and bound <= slack * true * (1 + 1e-5)


def test_batch_norm_at_test_time():
    layer = LAYERS.BatchNormalization(epsilon=0.0)
    layer.build((None, 2))
    layer.set_weights(np.float32([[3, -8], [1, 1], [5, 5], [4, 16]]))
    assert constant(layer, (2,)) == pytest.approx(2)
    assert norm_of(layer, (2,)) == pytest.approx(2, rel=1e-5)
    plain = LAYERS.BatchNormalization(epsilon=0.25, scale=False)
    assert constant(plain, (2,)) == pytest.approx(1 / 1.25**0.5)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (lambda: LAYERS.ReLU(), 1),
        (lambda: LAYERS.ReLU(negative_slope=1.5), 1.5),
        (lambda: LAYERS.LeakyReLU(0.1), 1),
        (lambda: LAYERS.LeakyReLU(2.0), 2),
        (lambda: LAYERS.ELU(3.0), 3),
        (lambda: LAYERS.PReLU("ones"), 1),
        (lambda: LAYERS.Activation("sigmoid"), 0.25),
        (lambda: LAYERS.Softmax(), 0.5),
    ],
)
def test_activation_layers(layer, expected):
    assert constant(layer(), (3,)) == pytest.approx(expected)


def test_maximum_pooling_of_windows_that_overlap():
    assert constant(LAYERS.MaxPooling2D(2), (4, 4, 1)) == 1
    layer = LAYERS.MaxPooling2D(3, 1)
    assert constant(layer, (5, 5, 1)) == 3
    # Attained: the middle pixel is the maximum of all nine windows.
    x = np.zeros((2, 5, 5, 1), "float32")
    x[:, 2, 2] = 1
    x[1, 2, 2] = 1.5
    first, second = keras.ops.convert_to_numpy(layer(x))
    assert np.linalg.norm(first - second) == pytest.approx(3 * 0.5)


def test_power_iteration_is_no_bound():
    """What `SpectralNormalization` leaves counts, not 1."""
    keras.utils.set_random_seed(0)
    layer = LAYERS.SpectralNormalization(LAYERS.Dense(8))
    x = RNG.normal(size=(4, 8)).astype("float32")
    layer(x, training=True)
    bound = constant(layer, (8,))
    assert bound == pytest.approx(norm_of(layer, (8,)), rel=1e-5)
    assert bound > 1.005
    for _ in range(100):
        layer(x, training=True)
    assert constant(layer, (8,)) == pytest.approx(1, abs=0.02)


class Mine(LAYERS.Dense):
    pass


@pytest.mark.parametrize(
    ("layer", "match"),
    [
        (
            lambda: LAYERS.LayerNormalization(name="norm"),
            "'norm' of type",
        ),
        (lambda: Mine(2, name="mine"), "the layer 'mine' of type Mine"),
        (lambda: LAYERS.Dense(2, "exponential"), "activation than exponential"),
        (lambda: LAYERS.Activation(lambda x: x), "activation than <lambda>"),
        (lambda: LAYERS.ReLU(threshold=1.0), "jump at the threshold"),
        (lambda: LAYERS.Dense(2, dtype="mixed_float16"), "in float16"),
    ],
)
def test_layers_without_a_known_constant(layer, match):
    with pytest.raises(ValueError, match="known Lipschitz.*Missing") as raised:
        constant(layer(), (3,))
    assert match in str(raised.value)


def test_weights_that_are_not_finite():
    layer = LAYERS.Rescaling(float("inf"))
    with pytest.raises(ValueError, match="weights are finite"):
        constant(layer, (3,))
