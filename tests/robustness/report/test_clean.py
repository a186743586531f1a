import keras
import numpy as np
import pytest
from keras import ops
from scipy import special

from keras_ceb._src.robustness.report import clean
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import evaluate_robustness


class WithInformation(keras.Model):
    """Its residual information is 1 nat for class 0 and 2 for the others."""

    def __init__(self):
        super().__init__()
        self.flatten = keras.layers.Flatten()

    def call(self, x):
        return self.flatten(x)

    def residual_information(self, x, y):
        return ops.where(ops.equal(y, 0), 1.0, 2.0)


def fits(num_classes, shape):
    assert (num_classes, shape) == (2, (2,))


def test_figures_by_hand_in_any_batches():
    rng = np.random.default_rng(0)
    x = rng.random((7, 2)).astype("float32")
    y = np.array([0, 1, 1, 0, 1, 0, 0])
    found = [
        clean.measure_clean(
            Classifier(WithInformation(), batch_size=size), (x, y), fits
        )
        for size in (3, 7)
    ]
    figures, answers = found[0].figures, found[0].answers
    other = found[1].figures
    assert figures.keys() == other.keys()
    for name in ("accuracy", "nll", "brier", "ece", "residual_information"):
        assert figures[name] == pytest.approx(other[name])
    assert figures["fingerprint"] == other["fingerprint"]
    log_p = special.log_softmax(x.astype("float64"), axis=1)
    right = x.argmax(axis=1) == y
    assert figures["num_images"] == 7
    assert figures["accuracy"] == pytest.approx(right.mean())
    nll = -log_p[np.arange(7), y].mean()
    assert figures["nll"] == pytest.approx(nll, rel=1e-5)
    brier = np.sum((np.exp(log_p) - np.eye(2)[y]) ** 2, axis=1).mean()
    assert figures["brier"] == pytest.approx(brier, rel=1e-5)
    nats = np.where(y == 0, 1.0, 2.0)
    assert figures["residual_information"] == pytest.approx(
        {"right": nats[right].mean(), "wrong": nats[~right].mean()}
    )
    np.testing.assert_array_equal(answers.right, right)
    assert answers.span == (x.min(), x.max())


def test_the_fingerprint_is_that_of_images_and_labels():
    x = np.float32([[0.9, 0.3], [0.9, 0.3], [0.3, 0.9]])
    y = np.array([0, 0, 1])

    def fingerprint(x, y):
        classifier = Classifier(WithInformation())
        return clean.measure_clean(classifier, (x, y), fits).figures[
            "fingerprint"
        ]

    first = fingerprint(x, y)
    assert fingerprint(x, y) == first
    assert fingerprint(x[::-1], y) != first
    assert fingerprint(x, y[::-1]) != first


def test_residual_information_of_right_and_wrong_answers():
    x = np.float32([[0.9, 0.3], [0.9, 0.3], [0.3, 0.9]])
    y = np.array([0, 1, 1])
    model = WithInformation()
    report = evaluate_robustness(
        model, (x, y), attacks=[], audit=False, verbose=0
    )
    information = report.clean["residual_information"]
    assert information == {"right": 1.5, "wrong": 2.0}
    assert "residual information, wrong answers, nats | 2.000" in str(report)
