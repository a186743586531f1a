import keras
import pytest

import keras_ceb
from keras_ceb._src.robustness.certify import linear_head


def make(**kwargs):
    backbone = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6)])
    kwargs = {"num_classes": 3, "z_dim": 4, **kwargs}
    return keras_ceb.wrap(backbone, **kwargs)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (lambda: make(objective="xent"), "must have a bottleneck"),
        (lambda: make(covariance="diagonal"), "unit cov.*'diagonal'"),
        (
            lambda: keras.Sequential(
                [keras.Input((8,)), keras.layers.Dense(3)]
            ),
            "must be a `CEBModel`",
        ),
    ],
)
def test_models_without_a_bottleneck_of_unit_noise(model, match):
    with pytest.raises(ValueError, match=match):
        linear_head.check_bottleneck(model())


def test_heads_that_are_not_linear():
    model = make()
    model.classifier.activation = keras.activations.relu
    with pytest.raises(ValueError, match="linear in the encoding"):
        linear_head.linear_weights(model.classifier)
    mixture = make(classifier="consistent", components=2)
    with pytest.raises(ValueError, match="linear.*components=2"):
        linear_head.linear_weights(mixture.classifier)
