import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.audit import gradient_checks
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.classifier import as_classifier
from tests.robustness.audit.cheats import sample_of


@pytest.mark.parametrize(
    "check,cheat",
    [
        (gradient_checks.zero_gradients, "quantized"),
        (gradient_checks.zero_gradients, "saturated"),
        (gradient_checks.saturated_loss, "temperature"),
        (gradient_checks.landscape, "shattered"),
        (gradient_checks.landscape, "saturated"),
        (gradient_checks.randomness, "noise"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_catches_a_cheat(digits, check, cheat):
    found = check(sample_of(digits, cheat))
    assert found.flagged
    assert found.figures and found.explanation and found.source


def test_zero_gradients_are_counted(linear):
    # Half the images lie where the model is flat.
    model = linear(np.eye(3))
    inputs = keras.Input((3,))
    flat = keras.Model(inputs, ops.maximum(model(inputs), 0.5))
    x = np.float32([[0.1, 0.2, 0.3]] * 4 + [[0.9, 0.6, 0.7]] * 4)
    y = np.zeros(8, "int32")
    sample = Sample(as_classifier(flat), x, y, "linf", 0.1)
    figures = gradient_checks.zero_gradients(sample).figures
    assert figures["margin_gradient_is_zero"] == 0.5
