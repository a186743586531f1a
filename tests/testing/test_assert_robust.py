"""On a line: inputs further than `eps` from the threshold are robust."""

import keras
import numpy as np
import pytest

from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.testing import assert_robust


@pytest.fixture(scope="module")
def line():
    """A model with threshold 0.5, and 10 inputs at 0.05, 0.15, ..., 0.95."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2)])
    model.set_weights([np.float32([[-1, 1]]), np.float32([0.5, -0.5])])
    x = np.float32([[0.05 + 0.1 * i] for i in range(10)])
    y = (x[:, 0] > 0.5).astype(int)
    return Classifier(model, name="line"), (x, y)


def test_robust_enough(line):
    # All but 0.45 and 0.55.
    result = assert_robust(*line, FGSM("linf", eps=0.1), at_least=0.8)
    assert result.accuracy == pytest.approx(0.8)


def test_not_robust_enough(line):
    attack = FGSM("linf", eps=0.1)
    with pytest.raises(AssertionError) as error:
        assert_robust(*line, attack, at_least=0.85)
    assert str(error.value) == (
        "'line' must have an accuracy of at least 0.85 under FGSM, L-infinity "
        "0.1. Received: accuracy 0.8000, 95% interval 0.4902 to 0.9433, on 10 "
        "images; the accuracy is too low"
    )
    assert_robust(*line, attack, at_least=0.49, with_confidence=True)
    with pytest.raises(AssertionError, match="lower end of the interval is"):
        assert_robust(*line, attack, at_least=0.5, with_confidence=True)


def test_bad_arguments(line):
    attack = FGSM("linf", eps=0.1)
    for at_least in (-0.1, 30, float("nan")):
        with pytest.raises(ValueError, match="`at_least` must be a finite"):
            assert_robust(*line, attack, at_least=at_least)
    with pytest.raises(TypeError, match="`at_least` must be a number"):
        assert_robust(*line, attack, at_least="0.3")
    with pytest.raises(TypeError, match="`with_confidence` must be True or"):
        assert_robust(*line, attack, at_least=0.3, with_confidence=0.95)
