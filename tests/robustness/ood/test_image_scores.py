import keras
import numpy as np
from keras import ops

import keras_ceb
from keras_ceb._src.robustness.ood.image_scores import scores_of
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import ood
from tests import toy

X = toy.data(5)[0]


def scores(model, **options):
    classifier = Classifier(model, (-10, 10), batch_size=2, **options)
    logits = classifier.predict(X)
    return scores_of(classifier, X, logits), logits


def test_of_a_ceb_model():
    model = toy.model(compile=False)
    found, logits = scores(model)
    assert [*found] == ["max_softmax", "energy", "max_logit", "ood_score"]
    for name in ("max_softmax", "energy", "max_logit"):
        np.testing.assert_array_equal(found[name], getattr(ood, name)(logits))
    expected = ops.convert_to_numpy(model.ood_score(X))
    np.testing.assert_allclose(found["ood_score"], expected, rtol=1e-5)


def test_without_a_marginal():
    found, _ = scores(toy.model(objective="xent", compile=False))
    assert [*found] == ["max_softmax", "energy", "max_logit"]


def test_of_probabilities():
    layers = [keras.Input((5,)), keras.layers.Dense(3, activation="softmax")]
    found, _ = scores(keras.Sequential(layers), from_logits=False)
    assert [*found] == ["max_softmax"]


def test_of_integer_inputs():
    inputs = keras.Input((5,), dtype="uint8")
    cast = keras.layers.Rescaling(1 / 255)(inputs)
    backbone = keras.Model(inputs, keras.layers.Dense(4)(cast))
    model = keras_ceb.wrap(backbone, 3)
    x = np.float32([[0.5, 100, 200, 10, 3]])
    classifier = Classifier(model, (0, 255))
    found = scores_of(classifier, x, classifier.predict(x))
    z = backbone.layers[-1](x / 255)
    density = ops.logsumexp(model.marginal.log_prob(z) - np.log(3), axis=1)
    np.testing.assert_allclose(
        found["ood_score"], -ops.convert_to_numpy(density), rtol=1e-5
    )
