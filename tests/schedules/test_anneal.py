"""The anneal against NumPy in float64."""

import keras
import numpy as np
import pytest

from keras_ceb import schedules
from tests.schedules.steps import rho_at


@pytest.mark.parametrize("step", [0, 1, 60, 6_000, 11_999, 12_000, 50_000])
def test_anneal_of_the_weight_is_listing_3(step):
    # lerp(step, 0, 12000, e^-100, e^-3), in float64.
    interp = min(step / 12_000, 1.0)
    weight = np.exp(-100.0) * (1 - interp) + np.exp(-3.0) * interp
    actual = rho_at(schedules.Anneal(3.0), step)
    np.testing.assert_allclose(actual, -np.log(weight), rtol=1e-5)
    np.testing.assert_allclose(np.exp(-actual), weight, rtol=1e-4, atol=1e-40)


@pytest.mark.parametrize("step", [0, 1, 500, 1_000, 2_000])
def test_anneal_of_rho(step):
    schedule = schedules.Anneal(-1.0, 1_000, interpolate="rho")
    interp = min(step / 1_000, 1.0)
    expected = 100.0 * (1 - interp) - interp
    np.testing.assert_allclose(rho_at(schedule, step), expected, rtol=1e-6)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`steps` must be a positive integer"):
        schedules.Anneal(1.0, 0)
    with pytest.raises(ValueError, match="`interpolate` must be one of"):
        schedules.Anneal(1.0, interpolate="gamma")


def test_files_find_it_by_its_name():
    name = "keras_ceb>Anneal"
    assert keras.saving.get_registered_object(name) is schedules.Anneal
