"""Schedules against NumPy in float64."""

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb import schedules


def rho_at(schedule, step, jump_step=-1):
    return float(ops.convert_to_numpy(schedule(step, jump_step)))


def test_constant():
    assert rho_at(schedules.Constant(2.5), 0) == 2.5
    assert rho_at(schedules.Constant(2.5), 10**6) == 2.5


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


def test_jump_start_before_the_jump():
    schedule = schedules.JumpStart(1.0, steps_per_epoch=50)
    # From 100 to 10 over two epochs, then it waits.
    for step, rho in [(0, 100.0), (50, 55.0), (100, 10.0), (10_000, 10.0)]:
        np.testing.assert_allclose(rho_at(schedule, step), rho, rtol=1e-6)


def test_jump_start_after_the_jump():
    schedule = schedules.JumpStart(1.0, steps_per_epoch=50)
    for step, rho in [(120, 10.0), (145, 5.5), (170, 1.0), (999, 1.0)]:
        np.testing.assert_allclose(rho_at(schedule, step, 120), rho, rtol=1e-6)


def test_jump_start_waits_for_the_warmup():
    # Accuracy passed at step 7, inside the first phase.
    schedule = schedules.JumpStart(1.0, steps_per_epoch=50)
    for step, rho in [(50, 55.0), (100, 10.0), (125, 5.5), (150, 1.0)]:
        np.testing.assert_allclose(rho_at(schedule, step, 7), rho, rtol=1e-6)


def test_jump_start_to_a_target_above_the_plateau():
    schedule = schedules.JumpStart(20.0, steps_per_epoch=10)
    assert rho_at(schedule, 20) == 20.0
    assert rho_at(schedule, 100, 50) == 20.0


@pytest.mark.parametrize("warmup", [0.0, 1.0])
@pytest.mark.parametrize("anneal", [0.0, 1.0])
def test_phases_of_no_length(warmup, anneal):
    schedule = schedules.JumpStart(
        2.0, 10, warmup_epochs=warmup, anneal_epochs=anneal
    )
    for step in range(40):
        assert np.isfinite(rho_at(schedule, step, 5))
    assert rho_at(schedule, 40, 5) == 2.0


def test_default_threshold_is_the_papers_at_ten_classes():
    assert schedules.default(3.0, 10).threshold == pytest.approx(0.2)
    # Above chance, however few classes there are.
    for classes in (2, 3, 100, 1000):
        assert 1 / classes < schedules.default(3.0, classes).threshold < 1


@pytest.mark.parametrize(
    "schedule",
    [
        schedules.Constant(1.0),
        schedules.Anneal(1.0, 7, start=9.0, interpolate="rho"),
        schedules.JumpStart(
            1.0,
            7,
            warmup_epochs=1.5,
            anneal_epochs=3.0,
            start=50.0,
            plateau=6.0,
            threshold=0.4,
            interpolate="weight",
        ),
    ],
)
def test_round_trip(schedule):
    config = keras.saving.serialize_keras_object(schedule)
    revived = keras.saving.deserialize_keras_object(config)
    assert type(revived) is type(schedule)
    assert revived.get_config() == schedule.get_config()


@pytest.mark.parametrize("rho", [np.nan, np.inf, -np.inf])
def test_rho_must_be_finite(rho):
    with pytest.raises(ValueError, match=r"`rho` must be a finite.*Received"):
        schedules.get(rho, 10)


@pytest.mark.parametrize("rho", ["3", None, True, [3.0]])
def test_rho_must_be_a_number_or_a_schedule(rho):
    with pytest.raises(TypeError, match=r"`rho` must be.*Received"):
        schedules.get(rho, 10)


def test_bad_arguments():
    with pytest.raises(ValueError, match="`steps` must be a positive integer"):
        schedules.Anneal(1.0, 0)
    with pytest.raises(ValueError, match="`interpolate` must be one of"):
        schedules.Anneal(1.0, interpolate="gamma")
    with pytest.raises(ValueError, match="`threshold` must be .* at most 1"):
        schedules.JumpStart(1.0, 10, threshold=20)
    with pytest.raises(ValueError, match="`anneal_epochs`"):
        schedules.JumpStart(1.0, 10, anneal_epochs=-1)
