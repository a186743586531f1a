import keras
import numpy as np
import pytest
from keras import ops
from scipy.special import logsumexp
from scipy.special import softmax
from scipy.stats import entropy
from scipy.stats import multivariate_normal

import keras_ceb
from tests import toy
from tests.layers import oracle

PRIOR = [0.5, 0.3, 0.2]
X, Y = toy.data(7)


def means(model):
    """Means of the marginal that are not near 0, and what they are."""
    shape = model.marginal.means.shape
    values = np.random.default_rng(1).normal(size=shape) * 3
    model.marginal.means.assign(values)
    return values.astype("float32").astype("float64")


def consistent():
    marginal = keras_ceb.layers.ClassConditionalMarginal(toy.NUM_CLASSES)
    return keras_ceb.CEBModel(
        toy.backbone(),
        keras_ceb.layers.StochasticEncoder(),
        keras_ceb.layers.ConsistentClassifier(marginal, PRIOR),
        num_classes=toy.NUM_CLASSES,
    )


@pytest.mark.parametrize("kind", ["ceb", "vib", "prior"])
def test_density_is_that_of_the_marginal(kind):
    if kind == "prior":
        model, prior = consistent(), PRIOR
    else:
        model = toy.model(objective=kind, compile=False)
        prior = [1.0] if kind == "vib" else [1 / 3] * 3
    mu = means(model)
    z = ops.convert_to_numpy(model.encode(X)).astype("float64")
    of_classes = np.transpose(
        [multivariate_normal(m, np.eye(4)).logpdf(z) for m in mu]
    )
    expected = logsumexp(of_classes, b=prior, axis=1)
    found = model.log_density(X)
    assert keras.backend.standardize_dtype(found.dtype) == "float32"
    found = ops.convert_to_numpy(found)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    np.testing.assert_array_equal(
        ops.convert_to_numpy(model.ood_score(X)), -found
    )


def test_prediction():
    model = toy.model(compile=False)
    means(model)
    logits = ops.convert_to_numpy(model(X)).astype("float64")
    scores = ops.convert_to_numpy(model.ood_score(X))
    expected = softmax(logits, axis=1)
    # The last batch is smaller than the others.
    found = model.predict_with_uncertainty(X, batch_size=3)
    assert isinstance(found, keras_ceb.Prediction)
    np.testing.assert_array_equal(found.label, logits.argmax(axis=1))
    np.testing.assert_allclose(found.probabilities, expected, rtol=1e-5)
    np.testing.assert_allclose(found.entropy, entropy(expected, axis=1), 1e-5)
    np.testing.assert_allclose(found.ood_score, scores, rtol=1e-5)


def test_prediction_of_certain_logits():
    model = toy.model(compile=False)
    model.classifier.kernel.assign(model.classifier.kernel * 0)
    model.classifier.bias.assign([900.0, 0.0, -np.inf])
    found = model.predict_with_uncertainty(X)
    np.testing.assert_array_equal(found.probabilities[0], [1, 0, 0])
    np.testing.assert_array_equal(found.entropy, np.zeros(len(X)))


def test_the_baseline_has_no_density():
    model = toy.model(objective="xent", compile=False)
    for name in ("log_density", "ood_score", "residual_information"):
        labels = [Y] * (name == "residual_information")
        with pytest.raises(ValueError, match="`objective`.*Received: .*xent"):
            getattr(model, name)(X, *labels)
    found = model.predict_with_uncertainty(X)
    assert found.ood_score is None
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize(
    "x, batch_size, message",
    [(X, 0, "`batch_size` must be a positive"), (X[:0], 1, "`x` must hold")],
)
def test_invalid_arguments(x, batch_size, message):
    with pytest.raises(ValueError, match=message):
        toy.model(compile=False).predict_with_uncertainty(x, batch_size)


def test_density_of_a_mixture_of_learned_covariances():
    model = toy.model(compile=False, covariance="full", components=2)
    layer = oracle.randomize(model.marginal)
    densities = oracle.log_prob(layer, model.encode(X))
    expected = logsumexp(ops.convert_to_numpy(densities), axis=1) - np.log(3)
    np.testing.assert_allclose(
        ops.convert_to_numpy(model.log_density(X)), expected, rtol=1e-5
    )
