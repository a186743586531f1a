import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb import schedules
from tests import toy

TRAIN, VALIDATION = toy.data(8), toy.data(30, seed=1)
FIT = {"epochs": 3, "batch_size": 8, "shuffle": False}
RHOS = (2.0, -2.0)


def build(rho):
    layers = [keras.Input((5,)), keras.layers.Dense(8)]
    # Without a seed, Keras's dropout draws from PyTorch's own generator, whose
    # state no file holds.
    seed = 3 if keras.config.backend() == "torch" else None
    layers += [keras.layers.Dropout(0.2, seed=seed)]
    model = keras_ceb.wrap(
        keras.Sequential(layers), 3, rho=schedules.Constant(rho)
    )
    optimizer = keras.optimizers.Adam(0.05)
    model.compile(optimizer, metrics=["accuracy"], run_eagerly=True)
    return model


def sweep(folder=None, build=build, **options):
    return keras_ceb.choose_rho(
        build,
        TRAIN,
        VALIDATION,
        RHOS,
        seeds=(0, 1),
        fit={**FIT, **options},
        checkpoint_dir=folder,
        verbose=0,
    )


@pytest.fixture(scope="module")
def choice():
    return sweep()


def test_runs_are_those_of_fit_and_evaluate(choice):
    assert [(run.rho, run.seed) for run in choice.runs] == [
        (rho, seed) for rho in RHOS for seed in (0, 1)
    ]
    keras.utils.set_random_seed(1)
    model = build(2.0)
    history = model.fit(
        *TRAIN, validation_data=VALIDATION, verbose=0, **FIT
    ).history
    run = choice.runs[1]
    assert [*run.history] == [*history]
    for name, values in history.items():
        np.testing.assert_allclose(run.history[name], values, rtol=1e-5)
    logs = model.evaluate(*VALIDATION, verbose=0, return_dict=True)
    assert run.accuracy == pytest.approx(logs["accuracy"])
    assert run.hyz == pytest.approx(logs["hyz"], rel=1e-5)
    assert run.rex == pytest.approx(logs["rex"], rel=1e-5)
    assert run.num_images == 30


def test_the_model_is_the_best_one_of_the_chosen_rho(choice):
    runs = [run for run in choice.runs if run.rho == choice.rho]
    best = max(run.accuracy for run in runs)
    logs = choice.model.evaluate(*VALIDATION, verbose=0, return_dict=True)
    assert logs["accuracy"] == pytest.approx(best)
    assert choice.model.schedule.rho == choice.rho
    # It can be trained further.
    assert int(choice.model.optimizer.iterations) == 3


class Interrupted(BaseException):
    pass


class Interrupt(keras.callbacks.Callback):
    """Ends the process, as far as `choose_rho` can tell."""

    def __init__(self, at):
        super().__init__()
        self.at = at

    def on_epoch_begin(self, epoch, logs=None):
        if not self.at:
            raise Interrupted
        self.at -= 1


def same(first, second):
    assert first.rho == second.rho
    assert first.to_dict() == second.to_dict()
    for a, b in zip(
        first.model.get_weights(), second.model.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(a, b)


def test_resumes_in_the_middle_of_a_run(choice, tmp_path):
    # In the second of three epochs of the second run.
    with pytest.raises(Interrupted):
        sweep(tmp_path, callbacks=[Interrupt(4)])
    trained = []

    class Count(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            trained.append(epoch)

    resumed = sweep(tmp_path, callbacks=[Count()])
    assert trained == [1, 2, 0, 1, 2, 0, 1, 2]
    same(resumed, choice)
    # Nothing is trained again.
    same(sweep(tmp_path, callbacks=[Interrupt(0)]), choice)


def test_settings_that_changed(tmp_path):
    with pytest.raises(Interrupted):
        sweep(tmp_path, callbacks=[Interrupt(1)])
    with pytest.raises(ValueError, match="`checkpoint_dir`.*Received.*fit="):
        sweep(tmp_path, callbacks=[], epochs=5)


def test_prints_a_line_per_model(capsys):
    data = keras_ceb.data.ArrayDataset(
        np.zeros((6, 4, 4, 1), "uint8"), np.arange(6) % 3, 6, shuffle=False
    )

    def tiny(rho):
        layers = [keras.Input((4, 4, 1)), keras.layers.Flatten()]
        model = keras_ceb.wrap(keras.Sequential(layers), 3, rho=rho)
        model.compile("sgd", metrics=["accuracy"], run_eagerly=True)
        return model

    with pytest.warns(UserWarning, match="rho"):
        found = keras_ceb.choose_rho(tiny, data, data, (4, 3.5), fit=None)
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "rho 4, seed 0",
        "rho 3.5, seed 0",
    ]
    # Every image is black: both are as good as each other.
    assert found.rho == 3.5 and found.runs[0].num_images == 6


PROGRAM = """
import sys, time
from tests import quick_compilation
quick_compilation.set_up()
import keras
from tests.choosing import test_choose_rho as test

class Pause(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        time.sleep(0.1)

test.sweep(sys.argv[1], callbacks=[Pause()])
"""


@pytest.mark.slow
def test_resumes_after_a_kill(choice, tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    state = tmp_path / "rho-2-seed-1" / "state.json"
    deadline = time.time() + 240
    while time.time() < deadline:
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.02)
        if state.exists() and json.loads(state.read_text())["epochs"] == 2:
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    resumed = sweep(tmp_path, callbacks=[])
    assert resumed.rho == choice.rho
    for first, second in zip(resumed.runs, choice.runs, strict=True):
        assert first.accuracy == second.accuracy
        np.testing.assert_allclose(first.rex, second.rex, rtol=1e-5)
    x = VALIDATION[0]
    np.testing.assert_allclose(
        ops.convert_to_numpy(resumed.model(x)),
        ops.convert_to_numpy(choice.model(x)),
        rtol=1e-4,
        atol=1e-5,
    )
