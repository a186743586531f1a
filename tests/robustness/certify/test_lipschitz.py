import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import minimal_distance
from keras_ceb.robustness.attacks import FMN
from keras_ceb.robustness.certify import LipschitzCertificate
from keras_ceb.robustness.certify import lipschitz_constant

CERTIFICATE = LipschitzCertificate()
RNG = np.random.default_rng(0)
WEIGHTS = np.float32([[3.0, -1.0, 0.5], [0.0, 2.0, 1.0]])
X = RNG.uniform(0.1, 0.9, size=(12, 2)).astype("float32")


def true_distances(logits, weights):
    """Of points from the planes between classes, in the input."""
    top = logits.argmax(axis=1)
    found = np.full(logits.shape, np.inf)
    for row, y in enumerate(top):
        for j in set(range(3)) - {y}:
            apart = np.linalg.norm(weights[:, y] - weights[:, j])
            found[row, j] = (logits[row, y] - logits[row, j]) / apart
    return found.min(axis=1), top


def test_a_linear_model_has_its_distance(linear):
    model = linear(WEIGHTS)
    distance, y = true_distances(X @ WEIGHTS, WEIGHTS)
    found = CERTIFICATE.certify(model, (X, y), verbose=0)
    np.testing.assert_allclose(found.radii, distance, rtol=1e-4)
    np.testing.assert_array_equal(found.predicted, y)
    assert found.certificate["lipschitz_constant"] == 1
    assert found.certificate["space"] == "input" and found.seconds > 0
    # In the units of the input, whatever the model makes of them.
    inputs = keras.Input((2,))
    outputs = model(keras.layers.Rescaling(1 / 255)(inputs))
    pixels = Classifier(keras.Model(inputs, outputs), (0, 255))
    found = CERTIFICATE.certify(pixels, (255 * X, y), verbose=0)
    np.testing.assert_allclose(found.radii, 255 * distance, rtol=1e-4)


def test_one_logit_of_two_classes(linear):
    weights = np.float32([[3.0], [-4.0]])
    y = (X @ weights > 0).astype("int32")[:, 0]
    found = CERTIFICATE.certify(linear(weights), (X, y), verbose=0)
    expected = np.abs(X @ weights)[:, 0] / 5
    np.testing.assert_allclose(found.radii, expected, rtol=1e-4)


def test_no_attack_succeeds_within_the_radius():
    keras.utils.set_random_seed(1)
    layers = keras.layers
    inputs = keras.Input((6, 6, 1))
    x = layers.Conv2D(4, 3, padding="same", activation="relu")(inputs)
    x = x + layers.Conv2D(4, 3, padding="same", activation="tanh")(x)
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    model = keras.Model(inputs, layers.Dense(3)(x))
    images = RNG.uniform(size=(16, 6, 6, 1)).astype("float32")
    y = model.predict(images, verbose=0).argmax(axis=1)
    classifier = Classifier(model, allow_chance=True)
    found = CERTIFICATE.certify(classifier, (images, y), verbose=0)
    assert found.accuracy() == 1
    attack = FMN("l2", steps=30)
    smallest = minimal_distance(classifier, (images, y), attack, verbose=0)
    assert (smallest.values >= found.radii).all()
    # The bound is no more than some times too small.
    assert np.median(smallest.values / found.radii) < 20


@pytest.mark.parametrize("kind", ["linear", "consistent"])
def test_a_ceb_model_by_the_norms_of_its_parts(kind):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    backbone = keras.Sequential(
        [keras.Input((4, 4, 1)), layers.Conv2D(5, 1, activation="relu")]
    )
    model = keras_ceb.wrap(backbone, 3, z_dim=4, classifier=kind)
    images = RNG.uniform(size=(8, 4, 4, 1)).astype("float32")
    y = model.predict(images, verbose=0).argmax(axis=1)
    classifier = Classifier(model, allow_chance=True)
    found = CERTIFICATE.certify(classifier, (images, y), verbose=0)
    kernel, projection = (
        keras.ops.convert_to_numpy(layer.kernel)
        for layer in (backbone.layers[0], model.encoder.projection)
    )
    # A mean of 16 pixels has the norm 1/4.
    expected = np.linalg.norm(kernel) / 4 * np.linalg.norm(projection, 2)
    constant = found.certificate["lipschitz_constant"]
    assert constant == pytest.approx(expected, rel=1e-5)
    assert lipschitz_constant(backbone) == pytest.approx(
        np.linalg.norm(kernel), rel=1e-5
    )
    encoding = keras_ceb.robustness.certify.EncodingCertificate()
    around = encoding.certify(classifier, (images, y), verbose=0)
    np.testing.assert_allclose(found.radii * constant, around.radii)


def test_spectral_normalization_around_the_last_layer():
    dense = keras.layers.Dense(3)
    normalized = keras.layers.SpectralNormalization(dense)
    model = keras.Sequential([keras.Input((2,)), normalized])
    dense.set_weights([WEIGHTS, np.zeros(3, "float32")])
    distance, y = true_distances(X @ WEIGHTS, WEIGHTS)
    nested = keras.Sequential([keras.Input((2,)), model])
    found = CERTIFICATE.certify(nested, (X, y), verbose=0)
    np.testing.assert_allclose(found.radii, distance, rtol=1e-4)


@pytest.mark.parametrize(
    ("layers", "match"),
    [
        ([keras.layers.Dense(3, "tanh")], "linear in the features.*Dense"),
        (
            [keras.layers.Dense(3), keras.layers.ReLU()],
            "linear in the features.*type ReLU",
        ),
        (
            [
                keras.layers.LayerNormalization(name="norm"),
                keras.layers.Dense(3),
            ],
            "'norm' of type LayerNormalization",
        ),
    ],
)
def test_what_is_missing_is_said_before_any_image(layers, match):
    model = keras.Sequential([keras.Input((2,)), *layers])
    with pytest.raises(ValueError, match="Missing.*" + match):
        CERTIFICATE.certify(model, None)
