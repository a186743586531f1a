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


def test_rho_follows_the_training_steps():
    x, y = toy.data(12)
    schedule = schedules.Anneal(1.0, 8, start=5.0, interpolate="rho")
    rhos = rho_of_each_step(toy.model(schedule), x, y, 3, batch_size=4)
    np.testing.assert_allclose(
        rhos, [5.0, 4.5, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5, 1.0], rtol=1e-6
    )


@pytest.mark.skipif(
    keras.config.backend() == "torch", reason="Keras takes one step there"
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


ANNEAL = schedules.Anneal(1.0, 8, start=5.0, interpolate="rho")


def freeze_then_unfreeze(model, x, y):
    model.backbone.trainable = False
    model.compile("adam", run_eagerly=True)
    yield
    model.backbone.trainable = True
    model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)


def other_accumulation(model, x, y):
    yield
    model.compile(keras.optimizers.SGD(1e-3, gradient_accumulation_steps=2))


@pytest.mark.parametrize("recipe", [freeze_then_unfreeze, other_accumulation])
def test_another_compile_goes_on_with_rho(recipe):
    x, y = toy.data(24)
    model = toy.model(ANNEAL)
    steps = recipe(model, x, y)
    next(steps)
    first = rho_of_each_step(model, x, y, 1, batch_size=4)
    np.testing.assert_allclose(first, [5.0, 4.5, 4.0, 3.5, 3.0, 2.5])
    next(steps, None)
    second = rho_of_each_step(model, x, y, 2, batch_size=6)
    expected = [2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    if recipe is other_accumulation:
        expected = np.repeat(expected[:4], 2)
    np.testing.assert_allclose(second, expected)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_loaded_model_goes_on_with_rho(tmp_path, compiled):
    x, y = toy.data(24)
    schedule = schedules.JumpStart(
        1.0, 4, threshold=0.01, warmup_epochs=0, start=5.0, plateau=5.0
    )
    model = toy.model(schedule, eagerly=not compiled)
    straight = rho_of_each_step(model, x, y, 2, batch_size=6)
    model.save(tmp_path / "model.keras")
    straight += rho_of_each_step(model, x, y, 1, batch_size=6)
    assert straight[-1] == 1.0
    model = keras.models.load_model(tmp_path / "model.keras", compile=compiled)
    if not compiled:
        model.compile("adam", run_eagerly=True)
    resumed = rho_of_each_step(model, x, y, 1, batch_size=6)
    np.testing.assert_allclose(resumed, straight[-4:])


def test_restart_schedule():
    x, y = toy.data(24)
    model = toy.model(ANNEAL, eagerly=True)
    first = rho_of_each_step(model, x, y, 1, batch_size=6)
    model.restart_schedule()
    second = rho_of_each_step(model, x, y, 1, batch_size=6)
    np.testing.assert_allclose(second, first)
    assert first[-1] < first[0]


@pytest.mark.parametrize(
    "callback",
    [
        lambda: keras.callbacks.EarlyStopping(restore_best_weights=True),
        lambda: keras.callbacks.EarlyStopping(monitor="loss"),
        lambda: keras.callbacks.ReduceLROnPlateau(),
        lambda: keras.callbacks.ModelCheckpoint(
            "best.keras", save_best_only=True
        ),
    ],
)
def test_callbacks_that_monitor_the_loss_get_a_warning(
    callback, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    x, y = toy.data(12)
    with pytest.warns(UserWarning, match="target_loss") as caught:
        toy.model(ANNEAL, eagerly=True).fit(
            x, y, validation_data=(x, y), callbacks=[callback()], verbose=0
        )
    # At the line that called `fit`.
    (found,) = [w for w in caught if "monitors" in str(w.message)]
    assert found.filename == __file__


@pytest.mark.parametrize(
    "callback",
    [
        keras.callbacks.EarlyStopping(monitor="val_target_loss", mode="min"),
        keras.callbacks.EarlyStopping(monitor="val_accuracy", patience=9),
        keras.callbacks.ModelCheckpoint("{epoch}.keras"),
    ],
)
def test_other_monitors_are_right(callback, tmp_path, monkeypatch, recwarn):
    monkeypatch.chdir(tmp_path)
    x, y = toy.data(12)
    model = toy.model(ANNEAL, eagerly=True)
    options = {"validation_data": (x, y), "batch_size": 4, "verbose": 0}
    model.fit(x, y, epochs=4, callbacks=[callback], **options)
    # With rho at its target the loss itself is right too.
    stop = keras.callbacks.EarlyStopping(patience=9)
    model.fit(x, y, callbacks=[stop], **options)
    assert not [w for w in recwarn if "monitors" in str(w.message)]


def test_best_weights_by_the_target_loss_have_the_target_rho():
    x, y = toy.data(64)
    model = toy.model(
        ANNEAL, optimizer=keras.optimizers.Adam(0.05), eagerly=True
    )
    stop = keras.callbacks.EarlyStopping(
        "val_target_loss", mode="min", patience=99, restore_best_weights=True
    )
    model.fit(
        x, y, epochs=8, validation_data=(x, y), callbacks=[stop], verbose=0
    )
    assert float(ops.convert_to_numpy(model.current_rho.value)) == 1.0


def test_target_loss_is_the_objective_at_the_end_of_the_schedule():
    x, y = toy.data(12)
    model = toy.model(schedules.Anneal(0.5, 100), eagerly=True)
    logs = model.evaluate(x, y, verbose=0, return_dict=True)
    assert logs["rho"] == 100.0
    expected = logs["hyz"] + np.exp(-0.5) * logs["rex"]
    assert logs["target_loss"] == pytest.approx(expected, rel=1e-5)
    vib = toy.model(schedules.Anneal(0.5, 100), eagerly=True, objective="vib")
    logs = vib.evaluate(x, y, verbose=0, return_dict=True)
    expected = logs["hyz"] + logs["rex"] / (1 + np.exp(0.5))
    assert logs["target_loss"] == pytest.approx(expected, rel=1e-5)


def test_a_fit_that_ends_before_rho_has_arrived_says_so():
    x, y = toy.data(12)
    with pytest.warns(UserWarning, match="rho = 4, .* 3 .* about 6 more"):
        toy.model(ANNEAL, eagerly=True).fit(x, y, batch_size=4, verbose=0)
    jump = schedules.JumpStart(1.0, 4, threshold=0.9, warmup_epochs=0)
    model = toy.model(jump, optimizer=keras.optimizers.SGD(0.0), eagerly=True)
    with pytest.warns(UserWarning, match="has passed 0.9"):
        model.fit(x, y, batch_size=4, verbose=0)


def test_a_fit_that_arrives_says_nothing(recwarn):
    x, y = toy.data(12)
    options = {"eagerly": True}
    toy.model(ANNEAL, **options).fit(x, y, batch_size=4, epochs=3, verbose=0)
    toy.model(1.0, **options).fit(x, y, verbose=0)
    toy.model(objective="xent", **options).fit(x, y, verbose=0)
    assert not [w for w in recwarn if "rho" in str(w.message)]


def test_val_rho_is_that_of_the_last_training_step():
    x, y = toy.data(12)
    schedule = schedules.Anneal(1.0, 4, start=5.0, interpolate="rho")
    history = (
        toy.model(schedule, eagerly=True)
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


@pytest.mark.slow_on_jax
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
        steps = 1 if keras.config.backend() == "torch" else 20
        model.compile(keras.optimizers.Adam(5e-3), steps_per_execution=steps)
        model.fit(x[:1280], y[:1280], batch_size=64, epochs=30, verbose=0)
        right = model.predict(x[1400:], verbose=0).argmax(1) == y[1400:]
        accuracy[type(rho)] = right.mean()
    assert accuracy[float] > 0.65
    assert accuracy[schedules.Constant] < 0.15
