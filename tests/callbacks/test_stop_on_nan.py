import keras
import numpy as np
import pytest

from keras_ceb.callbacks import StopOnNaN
from tests import toy


def training_that_breaks(period, epochs=4):
    """Inputs whose third batch is NaN; the model and its weights before it."""
    x, y = toy.data(24)
    x[16] = np.nan
    model, twin = (toy.model(eagerly=period != 1) for _ in range(2))
    twin.fit(x[:16], y[:16], batch_size=8, shuffle=False, verbose=0)
    with pytest.raises(FloatingPointError) as error:
        model.fit(
            x,
            y,
            batch_size=8,
            shuffle=False,
            epochs=epochs,
            verbose=0,
            callbacks=[StopOnNaN(period)],
        )
    return model, twin, str(error.value)


def test_it_names_the_step_and_keeps_the_last_good_weights():
    model, twin, message = training_that_breaks(period=1)
    assert "at training step 3" in message and "finite at step 2" in message
    for cause in ("learning rate", "inputs", "rho"):
        assert cause in message
    for one, other in zip(model.get_weights(), twin.get_weights(), strict=True):
        assert np.isfinite(one).all()
        np.testing.assert_allclose(one, other, atol=1e-6)


@pytest.mark.parametrize("period", [None, 100])
def test_without_a_reading_in_time_the_weights_are_those_of_the_start(period):
    model, _, message = training_that_breaks(period)
    assert "finite at step 0" in message
    for one, other in zip(
        model.get_weights(), toy.model().get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_a_finite_run_is_left_alone():
    x, y = toy.data(24)
    runs = []
    for callbacks in ([], [StopOnNaN(1)]):
        keras.utils.set_random_seed(0)
        model = toy.model(eagerly=True)
        model.fit(x, y, epochs=2, verbose=0, callbacks=callbacks)
        runs.append(model.get_weights())
    for one, other in zip(*runs, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("period", [0, -1, 1.5])
def test_bad_period(period):
    with pytest.raises(ValueError, match=r"`period` must be .*Received"):
        StopOnNaN(period)
