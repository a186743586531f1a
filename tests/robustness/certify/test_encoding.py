import keras
import numpy as np
import pytest

import keras_ceb
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.certify import EncodingCertificate

RNG = np.random.default_rng(0)
X = RNG.uniform(size=(12, 8)).astype("float32")
Y = RNG.integers(3, size=12)


def make(**kwargs):
    keras.utils.set_random_seed(0)
    backbone = keras.Sequential([keras.Input((8,)), keras.layers.Dense(6)])
    kwargs = {"num_classes": 3, "z_dim": 4, **kwargs}
    return keras_ceb.wrap(backbone, **kwargs)


def linear_form(head):
    """The logits of a classifier of encodings, `z @ weights.T + bias`."""
    if hasattr(head, "marginal"):
        weights = np.float64(keras.ops.convert_to_numpy(head.marginal.means))
        return weights, -0.5 * (weights**2).sum(axis=1)
    kernel, bias = map(keras.ops.convert_to_numpy, (head.kernel, head.bias))
    return np.float64(kernel.T), np.float64(bias)


def ascended(start, center, radius, gradient):
    """Where projected gradient ascent on logit differences ends in a ball."""
    z = start
    for _ in range(20):
        length = np.linalg.norm(gradient, axis=-1, keepdims=True)
        z = z + 0.3 * radius * gradient / length
        length = np.linalg.norm(z - center, axis=-1, keepdims=True)
        z = center + (z - center) * np.minimum(1, radius / length)
    return z


@pytest.fixture(scope="module", params=["linear", "consistent"])
def certified(request):
    """A model, the encodings of its images, and their radii."""
    model = make(classifier=request.param)
    classifier = Classifier(model, batch_size=5)
    found = EncodingCertificate().certify(classifier, (X, Y), verbose=0)
    z = keras.ops.convert_to_numpy(model.encode(X)).astype("float64")
    return model, z, found


def test_no_encoding_within_the_radius_has_another_class(certified):
    model, z, found = certified
    weights, bias = linear_form(model.classifier)
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


def test_no_adversarial_encoding_within_the_radius_has_another_class(certified):
    model, z, found = certified
    weights, _ = linear_form(model.classifier)
    for factor, reached in ((0.999, 0), (1.01, 12)):
        ends = []
        for center, radius, label in zip(
            z, factor * found.radii, found.predicted, strict=True
        ):
            rays = RNG.normal(size=(100, 4))
            rays /= np.linalg.norm(rays, axis=1, keepdims=True)
            start = center + radius * RNG.uniform(size=(100, 1)) * rays
            # Each towards one of the other classes.
            target = (label + 1 + np.arange(100) % 2) % 3
            lead = weights[target] - weights[label]
            ends.append(ascended(start, center, radius, lead))
        # By the layer itself.
        logits = model.classifier(np.float32(ends).reshape(-1, 4))
        logits = keras.ops.convert_to_numpy(logits).reshape(12, 100, 3)
        changed = logits.argmax(axis=-1) != found.predicted[:, None]
        # The ascent finds the way: a little further, it leaves every class.
        assert changed.any(axis=1).sum() == reached


def test_a_model_that_does_not_fit_is_refused_before_it_runs():
    for arguments in ({"objective": "xent"}, {"covariance": "diagonal"}):
        with pytest.raises(ValueError, match="`model` must have"):
            EncodingCertificate().certify(make(**arguments), None)
    model = make(classifier="consistent", components=2)
    with pytest.raises(ValueError, match="linear.*components=2"):
        EncodingCertificate().certify(model, None)
