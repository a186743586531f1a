"""What a bare number stands for."""

import numpy as np
import pytest

from keras_ceb import schedules


def test_default_threshold_is_the_papers_at_ten_classes():
    assert schedules.default(3.0, 10).threshold == pytest.approx(0.2)
    # Above chance, however few classes there are.
    for classes in (2, 3, 100, 1000):
        assert 1 / classes < schedules.default(3.0, classes).threshold < 1


def test_default_goes_from_10_to_the_target_in_500_steps():
    config = schedules.default(3.0, 10).get_config()
    expected = {"rho": 3.0, "start": 10.0, "anneal_epochs": 1.0}
    expected |= {"steps_per_epoch": 500, "warmup_epochs": 0.0}
    assert {name: config[name] for name in expected} == expected


@pytest.mark.parametrize("rho", [np.nan, np.inf, -np.inf])
def test_rho_must_be_finite(rho):
    with pytest.raises(ValueError, match=r"`rho` must be a finite.*Received"):
        schedules.get(rho, 10)


@pytest.mark.parametrize("rho", ["3", None, True, [3.0]])
def test_rho_must_be_a_number_or_a_schedule(rho):
    with pytest.raises(TypeError, match=r"`rho` must be.*Received"):
        schedules.get(rho, 10)
