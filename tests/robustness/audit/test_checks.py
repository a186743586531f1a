import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.audit import checks as audit_checks
from keras_ceb.robustness.attacks import PGD


class Noise(keras.layers.Layer):
    """Noise at test time."""

    def __init__(self):
        super().__init__()
        self.seed_generator = keras.random.SeedGenerator(0)

    def call(self, x):
        noise = keras.random.normal(ops.shape(x), seed=self.seed_generator)
        return x + 0.3 * noise


CHEATS = {
    "honest": lambda model, x: model(x),
    "temperature": lambda model, x: 200.0 * model(x),
    "quantised": lambda model, x: model(ops.round(8.0 * x) / 8.0),
    "shattered": lambda model, x: model(x + 0.02 * ops.sin(2000.0 * x)),
    "saturated": lambda model, x: 30.0 * ops.tanh(100.0 * model(x)),
    "noise": lambda model, x: model(Noise()(x)),
}


def sample_of(digits, cheat, norm="linf", eps=0.1):
    model, x, y = digits
    inputs = keras.Input(x.shape[1:])
    outputs = CHEATS[cheat](model, inputs)
    return audit_checks.Sample(
        keras.Model(inputs, outputs), x, y, norm, eps, (0.0, 1.0), 128, True
    )


@pytest.mark.parametrize(
    "check,cheat",
    [
        (audit_checks.growing_radius, "quantised"),
        (audit_checks.black_box, "shattered"),
        (audit_checks.zero_gradients, "quantised"),
        (audit_checks.zero_gradients, "saturated"),
        (audit_checks.saturated_loss, "temperature"),
        (audit_checks.logit_scale, "temperature"),
        (audit_checks.landscape, "shattered"),
        (audit_checks.landscape, "saturated"),
        (audit_checks.randomness, "noise"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_catches_a_cheat(digits, check, cheat):
    found = check(sample_of(digits, cheat))
    assert found.flagged
    assert found.figures and found.explanation and found.source


def test_an_attack_of_one_step_is_caught_out(digits):
    # An attack that finds nothing stands in for PGD.
    sample = sample_of(digits, "honest")
    sample.under_pgd = sample.right
    assert audit_checks.more_effort(sample).flagged
    sample.pgd = lambda keep: PGD("linf", 1e-6, 1, keep=keep)
    assert audit_checks.single_step(sample).flagged


def test_transfer_from_a_twin(digits):
    sample = sample_of(digits, "quantised")
    stands = sample.under_white_box.mean()
    found = audit_checks.black_box(sample, twin=digits[0])
    assert found.figures["fooled_by_transfer_only"] > 0.1
    assert found.figures["white_box"] == stands


def test_zero_gradients_are_counted(linear):
    # Half the images lie where the model is flat.
    model = linear(np.eye(3))
    inputs = keras.Input((3,))
    flat = keras.Model(inputs, ops.maximum(model(inputs), 0.5))
    x = np.float32([[0.1, 0.2, 0.3]] * 4 + [[0.9, 0.6, 0.7]] * 4)
    y = np.zeros(8, "int32")
    sample = audit_checks.Sample(flat, x, y, "linf", 0.1, (0.0, 1.0), 8, True)
    figures = audit_checks.zero_gradients(sample).figures
    assert figures["margin_gradient_is_zero"] == 0.5
