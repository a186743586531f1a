"""The jump-start against hand-made numbers."""

import keras
import numpy as np
import pytest

from keras_ceb import schedules
from tests.schedules.steps import rho_at


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


def test_a_jump_at_the_first_step():
    schedule = schedules.JumpStart(
        1.0,
        10,
        warmup_epochs=0.0,
        anneal_epochs=1.0,
        start=11.0,
        plateau=11.0,
        interpolate="rho",
    )
    for step in (1, 4, 10):
        expected = pytest.approx(11.0 - step, abs=0.01)
        assert rho_at(schedule, step, jump_step=0) == expected


def test_phases_of_no_length_are_over_at_their_first_step():
    schedule = schedules.JumpStart(
        1.0, 10, warmup_epochs=0.0, anneal_epochs=0.0, interpolate="rho"
    )
    assert rho_at(schedule, 6, jump_step=5) == 1.0


def test_bad_arguments():
    with pytest.raises(ValueError, match="`threshold` must be"):
        schedules.JumpStart(1.0, 1, threshold=-0.5)
    with pytest.raises(ValueError, match="`warmup_epochs` must be"):
        schedules.JumpStart(1.0, 1, warmup_epochs=-0.5)
    with pytest.raises(ValueError, match="`threshold` must be .* at most 1"):
        schedules.JumpStart(1.0, 10, threshold=20)
    with pytest.raises(ValueError, match="`anneal_epochs`"):
        schedules.JumpStart(1.0, 10, anneal_epochs=-1)


def test_files_find_it_by_its_name():
    name = "keras_ceb>JumpStart"
    assert keras.saving.get_registered_object(name) is schedules.JumpStart
