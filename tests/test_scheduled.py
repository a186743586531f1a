"""rho in training: what the compiled step makes of a schedule."""

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import schedules
from tests import toy


def rho_of_each_step(model, x, y, epochs, **options):
    record = toy.Record()
    model.fit(x, y, epochs=epochs, callbacks=[record], verbose=0, **options)
    return [logs["rho"] for logs in record.logs]


def test_rho_follows_the_optimizers_step():
    x, y = toy.data(12)
    schedule = schedules.Anneal(1.0, 8, start=5.0, interpolate="rho")
    rhos = rho_of_each_step(toy.model(schedule), x, y, 3, batch_size=4)
    np.testing.assert_allclose(
        rhos, [5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0], rtol=1e-6
    )


def test_rho_under_steps_per_execution():
    x, y = toy.data(16)
    schedule = schedules.Anneal(1.0, 8, start=5.0, interpolate="rho")
    model = toy.model(schedule, compile=False)
    model.compile("sgd", steps_per_execution=4)
    # Logged is the last step of each execution, 3 and 7.
    rhos = rho_of_each_step(model, x, y, 2, batch_size=4)
    np.testing.assert_allclose(rhos, [3.5, 1.5], rtol=1e-6)
    plain = toy.model(schedule, compile=False)
    plain.compile("sgd")
    plain.fit(x, y, batch_size=4, epochs=2, verbose=0)
    assert int(model.optimizer.iterations) == int(plain.optimizer.iterations)


def test_rho_under_gradient_accumulation():
    x, y = toy.data(16)
    schedule = schedules.Anneal(1.0, 4, start=5.0, interpolate="rho")
    model = toy.model(
        schedule,
        optimizer=keras.optimizers.SGD(0.1, gradient_accumulation_steps=2),
    )
    rhos = rho_of_each_step(model, x, y, 2, batch_size=4)
    np.testing.assert_allclose(rhos, [5, 5, 4, 4, 3, 3, 2, 2], rtol=1e-6)


def test_val_rho_is_that_of_the_last_training_step():
    x, y = toy.data(12)
    schedule = schedules.Anneal(1.0, 4, start=5.0, interpolate="rho")
    history = (
        toy.model(schedule)
        .fit(x, y, batch_size=6, epochs=3, validation_data=(x, y), verbose=0)
        .history
    )
    np.testing.assert_allclose(history["rho"], [4.0, 2.0, 1.0], rtol=1e-6)
    np.testing.assert_allclose(history["val_rho"], history["rho"])


def test_jump_start_waits_for_accuracy():
    x, y = toy.data(240)
    schedule = schedules.JumpStart(1.0, 10, threshold=0.8, warmup_epochs=0.5)
    learning = toy.model(schedule, optimizer=keras.optimizers.Adam(0.05))
    rhos = rho_of_each_step(learning, x, y, 12, batch_size=24)
    jump = int(ops.convert_to_numpy(learning.jump_step.value))
    assert 5 < jump < 80
    expected = [
        float(ops.convert_to_numpy(schedule(step, jump if step > jump else -1)))
        for step in range(120)
    ]
    np.testing.assert_allclose(rhos, expected, rtol=1e-5)
    assert rhos[jump] == 10.0 and rhos[-1] == 1.0

    frozen = toy.model(schedule, optimizer=keras.optimizers.SGD(0.0))
    rhos = rho_of_each_step(frozen, x, y, 2, batch_size=24)
    assert rhos[-1] == 10.0
    assert int(ops.convert_to_numpy(frozen.jump_step.value)) == -1


@pytest.mark.slow
def test_default_rho_trains_where_a_constant_low_one_does_not():
    x, y = toy.data(512, num_classes=3)
    results = {}
    for name, rho in (
        ("default", -4.0),
        ("constant", schedules.Constant(-4.0)),
    ):
        model = keras_ceb.wrap(toy.backbone(), 3, rho=rho, seed=0)
        model.compile(keras.optimizers.Adam(0.01), metrics=["accuracy"])
        history = model.fit(x, y, epochs=45, verbose=0).history
        assert history["rho"][-1] == -4.0
        results[name] = history["hyz"][-1]
    assert results["default"] < results["constant"]


def test_jump_start_trains_where_plain_training_collapses():
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = datasets.load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    accuracy = {}
    for rho in (-8.0, schedules.Constant(-8.0)):
        keras.utils.set_random_seed(0)
        layers = [keras.layers.Dense(64, "relu"), keras.layers.Dense(32)]
        backbone = keras.Sequential([keras.Input((64,)), *layers])
        model = keras_ceb.wrap(backbone, 10, rho=rho, seed=0)
        model.compile(keras.optimizers.Adam(5e-3))
        model.fit(x[:1400], y[:1400], batch_size=64, epochs=40, verbose=0)
        right = model.predict(x[1400:], verbose=0).argmax(1) == y[1400:]
        accuracy[type(rho)] = right.mean()
    assert accuracy[float] > 0.65
    assert accuracy[schedules.Constant] < 0.15
