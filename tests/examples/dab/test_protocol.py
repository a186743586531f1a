import numpy as np
import pytest

from examples.dab import protocol


def test_the_learning_rate_is_the_published_one():
    # 0.1 per 128 images; one epoch of warmup, a fifth after 60, 120 and 160.
    preset = protocol.PRESETS["paper"]
    rate = protocol.WarmUpSteps(
        preset.learning_rate * preset.batch_size / 128,
        10,
        [10 * drop for drop in preset.drops],
        preset.decay,
    )
    steps = [0, 5, 10, 599, 600, 1200, 1999]
    expected = [0.0, 0.1, 0.2, 0.2, 0.04, 0.008, 0.0016]
    np.testing.assert_allclose(
        [float(rate(step)) for step in steps], expected, rtol=1e-6
    )
    assert protocol.WarmUpSteps(**rate.get_config()).drops == rate.drops


def test_rho_weighs_the_divergence_by_beta():
    rho = protocol.rho_of(1e-3)
    assert 1 / (1 + np.exp(rho)) == pytest.approx(1e-3)
