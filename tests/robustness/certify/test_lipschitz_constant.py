import keras
import numpy as np
import pytest

from keras_ceb.robustness.certify import lipschitz_constant

LAYERS = keras.layers


def scaled(factor):
    return LAYERS.Rescaling(factor)


def test_chains_multiply():
    model = keras.Sequential([keras.Input((3,)), scaled(2.0), scaled(-0.25)])
    assert lipschitz_constant(model) == 0.5
    inputs = keras.Input((3,))
    nested = keras.Model(inputs, scaled(3.0)(model(inputs)))
    assert lipschitz_constant(nested) == 1.5


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        (lambda a, b: LAYERS.Add()([a, b]), 7),
        (lambda a, b: LAYERS.Subtract()([a, b]), 7),
        (lambda a, b: a + b, 7),
        (lambda a, b: a - b, 7),
        (lambda a, b: LAYERS.Average()([a, b]), 3.5),
        (lambda a, b: LAYERS.Concatenate()([a, b]), 5),
        (lambda a, b: LAYERS.Maximum()([a, b]), 5),
        (lambda a, b: LAYERS.Minimum()([a, b]), 5),
    ],
)
def test_branches_that_meet(merge, expected):
    inputs = keras.Input((2,))
    model = keras.Model(
        inputs, merge(scaled(3.0)(inputs), scaled(-4.0)(inputs))
    )
    assert lipschitz_constant(model) == pytest.approx(expected)
    # No pair of points is further apart than that allows.
    x = np.random.default_rng(0).normal(size=(100, 2)).astype("float32")
    y = model.predict(x, verbose=0)
    moved = np.linalg.norm(y[:50] - y[50:], axis=1)
    apart = np.linalg.norm(x[:50] - x[50:], axis=1)
    assert (moved <= 1.00001 * expected * apart).all()


def test_a_shared_layer_and_a_residual_connection():
    inputs = keras.Input((2,))
    double = scaled(2.0)
    model = keras.Model(inputs, inputs + double(double(inputs)))
    assert lipschitz_constant(model) == 5


class Subclassed(keras.Model):
    def call(self, x):
        return x


def _of(call, shape=(2,)):
    inputs = keras.Input(shape)
    return keras.Model(inputs, call(inputs))


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (Subclassed, "graph of its layers.*Subclassed"),
        (lambda: keras.Sequential([scaled(1.0)]), "graph of its layers"),
        (lambda: _of(keras.ops.exp), "of type Exp"),
        (lambda: _of(lambda x: x * x), "with one input.*of type Multiply"),
        (lambda: _of(lambda x: x + np.ones((3, 2))), "one shape.*type Add"),
        (
            lambda: _of(
                lambda x: LAYERS.BatchNormalization()(x, training=True)
            ),
            "not called with training=True",
        ),
        (
            lambda: _of(LAYERS.LayerNormalization(name="norm")),
            "the layer 'norm' of type LayerNormalization",
        ),
        (
            lambda: _of(lambda x: LAYERS.Attention()([x, x]), (3, 2)),
            "with one input.*Attention",
        ),
    ],
)
def test_models_without_a_known_constant(make, match):
    with pytest.raises(ValueError, match="Missing.*" + match):
        lipschitz_constant(make())
