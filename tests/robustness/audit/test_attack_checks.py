import pytest

from keras_ceb._src.robustness.audit import attack_checks
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb.robustness.attacks import PGD
from tests.robustness.audit.cheats import sample_of


@pytest.mark.slow_on_torch
@pytest.mark.slow_on_jax
@pytest.mark.parametrize(
    "check,cheat",
    [
        (attack_checks.growing_radius, "quantized"),
        (attack_checks.black_box, "shattered"),
        (attack_checks.logit_scale, "temperature"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_catches_a_cheat(digits, check, cheat):
    found = check(sample_of(digits, cheat))
    assert found.flagged
    assert found.figures and found.explanation and found.source


@pytest.mark.slow_on_torch
def test_an_attack_of_one_step_is_caught_out(digits):
    # An attack that finds nothing stands in for PGD.
    sample = sample_of(digits, "honest")
    sample.under_pgd = sample.right
    assert attack_checks.more_effort(sample).flagged
    sample.pgd = lambda keep: PGD("linf", 1e-6, 1, keep=keep)
    assert attack_checks.single_step(sample).flagged


@pytest.mark.slow_on_torch
@pytest.mark.slow_on_jax
def test_transfer_from_a_twin(digits):
    sample = sample_of(digits, "quantized")
    stands = sample.under_white_box.mean()
    found = attack_checks.black_box(sample, twin=as_classifier(digits[0]))
    assert found.figures["fooled_by_transfer_only"] > 0.1
    assert found.figures["white_box"] == stands
