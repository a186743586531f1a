import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb._src.robustness.certify import encoding
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.certify import encoding_radius

RNG = np.random.default_rng(0)
X = RNG.uniform(size=(12, 8)).astype("float32")
Y = RNG.integers(3, size=12)


def make(**kwargs):
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6)])
    kwargs = {"num_classes": 3, "z_dim": 4, **kwargs}
    return keras_ceb.wrap(backbone, **kwargs)


def test_radii_by_hand():
    logits = np.float32([[3, 1, 0], [0, 0, -5], [1, 2, 0]])
    weights = np.float32([[1, 0], [0, 1], [1, 4]])
    # From the first class: 2 / sqrt(2) and 3 / 4; a tie; 1 / sqrt(2) and
    # 2 / sqrt(10).
    np.testing.assert_allclose(
        encoding.radii(logits, weights), [0.75, 0, 2 / 10**0.5]
    )
    # Parallel classes cannot overtake each other.
    apart = encoding.radii(logits[:1], np.float32([[1, 0]] * 3))
    assert np.isinf(apart).all()
    assert encoding.radii(logits[1:2], np.float32([[1, 0]] * 3)) == 0


@pytest.mark.parametrize("kind", ["linear", "consistent"])
def test_no_encoding_within_the_radius_has_another_class(kind):
    model = make(classifier=kind)
    consistent = kind == "consistent"
    found = encoding_radius(Classifier(model, batch_size=5), (X, Y), verbose=0)
    z = keras.ops.convert_to_numpy(model.encode(X)).astype("float64")
    head = model.classifier
    weights = head.marginal.means if consistent else head.kernel
    weights = np.float64(keras.ops.convert_to_numpy(weights))
    if consistent:
        bias = -0.5 * (weights**2).sum(axis=1)
    else:
        weights, bias = weights.T, keras.ops.convert_to_numpy(head.bias)
    logits = z @ weights.T + bias
    np.testing.assert_array_equal(found.predicted, logits.argmax(axis=1))
    np.testing.assert_array_equal(found.labels, Y)

    def classes(points):
        return (points @ weights.T + bias).argmax(axis=-1)

    # 10,000 random encodings on the sphere, and those towards each class.
    rays = RNG.normal(size=(10_000, 1, 4))
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    inside = z + 0.999 * found.radii[:, None] * rays
    assert (classes(inside) == found.predicted).all()
    lead = weights[None] - weights[found.predicted][:, None]
    length = np.linalg.norm(lead, axis=-1, keepdims=True)
    unit = lead / np.maximum(length, 1e-12)
    for factor, changed in ((0.999, 0), (1.001, 12)):
        moved = z[:, None] + factor * found.radii[:, None, None] * unit
        crossed = classes(moved) != found.predicted[:, None]
        # Exactly: a little further, the closest class is reached.
        assert crossed.any(axis=1).sum() == changed
    assert found.certificate["space"] == "encoding"


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
        encoding_radius(model(), (X, Y), verbose=0)


def test_heads_that_are_not_linear():
    model = make()
    model.classifier.activation = keras.activations.relu
    with pytest.raises(ValueError, match="linear in the encoding"):
        encoding_radius(model, (X, Y), verbose=0)
    mixture = make(classifier="consistent", components=2)
    with pytest.raises(ValueError, match="linear.*components=2"):
        encoding_radius(mixture, (X, Y), verbose=0)
