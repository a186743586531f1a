"""What all schedules have in common."""

import keras
import pytest

from keras_ceb import schedules


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
