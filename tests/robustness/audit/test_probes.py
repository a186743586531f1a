import numpy as np
from scipy import special

from keras_ceb._src.robustness.audit import probes
from keras_ceb._src.robustness.classifier import Classifier


def test_cross_entropy_and_its_gradient_by_hand(linear):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(5, 3))
    x = rng.random((4, 5)).astype("float32")
    y = np.array([0, 1, 2, 1], "int32")
    value, gradient = probes.loss_and_gradient(
        Classifier(linear(weights)), x, y, "cross_entropy"
    )
    p = special.softmax(x @ weights, axis=1)
    np.testing.assert_allclose(value, -np.log(p[np.arange(4), y]), rtol=1e-5)
    expected = (p - np.eye(3)[y]) @ weights.T
    np.testing.assert_allclose(gradient, expected, atol=1e-5)
