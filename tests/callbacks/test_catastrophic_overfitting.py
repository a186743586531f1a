"""Stopping where only the accuracy under one-step attacks is left."""

import keras
import numpy as np
import pytest
from sklearn.datasets import load_digits

import keras_ceb
from keras_ceb._src.callbacks.catastrophic_overfitting import is_overfitting
from keras_ceb.adversarial import FastTraining
from keras_ceb.callbacks import CatastrophicOverfitting
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from tests import toy

ROBUST, ONE_STEP = NAMES = "val_robust_accuracy", "val_one_step_accuracy"


def accuracies(robust, one_step):
    return dict(zip(NAMES, (robust, one_step), strict=True))


@pytest.mark.parametrize(
    "before, after, found",
    [
        ((0.46, 0.55), (0.02, 0.85), True),
        ((0.46, 0.55), (0.25, 0.55), True),
        # One step still costs the model something.
        ((0.46, 0.55), (0.20, 0.53), True),
        # A fall of less than `drop`.
        ((0.46, 0.55), (0.30, 0.75), False),
        # Both fall: the learning rate, or ordinary overfitting.
        ((0.46, 0.55), (0.10, 0.15), False),
        ((0.46, 0.55), (0.20, 0.40), False),
        # Both rise.
        ((0.10, 0.12), (0.46, 0.75), False),
        ((0.46, 0.55), (0.46, 0.55), False),
    ],
)
def test_the_rule(before, after, found):
    before, after = accuracies(*before), accuracies(*after)
    assert is_overfitting(after, before, drop=0.2) == found


def test_a_drop_of_nothing_still_asks_for_a_fall():
    same = accuracies(0.5, 0.5)
    assert not is_overfitting(same, same, drop=0.0)
    assert is_overfitting(accuracies(0.49, 0.5), same, drop=0.0)


def state(model):
    if keras.config.backend() == "jax":
        model.jax_state_sync()
    return [
        keras.ops.convert_to_numpy(variable)
        for variable in [*model.weights, *model.optimizer.variables]
    ]


class States(keras.callbacks.Callback):
    def __init__(self):
        super().__init__()
        self.found = []

    def on_epoch_end(self, epoch, logs=None):
        self.found.append(state(self.model))


def eager_run(monkeypatch, measured, epochs=6):
    """Trains a toy model while the callback is told these accuracies."""
    values = iter(measured)
    monkeypatch.setattr(
        CatastrophicOverfitting,
        "_measure",
        lambda self: accuracies(*next(values)),
    )
    model = toy.model(compile=False)
    model.compile(
        keras.optimizers.Adam(0.1),
        adversary=FastTraining("linf", 0.1, bounds=(-9, 9)),
        run_eagerly=True,
    )
    x, y = toy.data(8)
    states = States()
    # Builds the optimizer.
    model.fit(x, y, verbose=0)
    start = state(model)
    guard = CatastrophicOverfitting((x, y))
    run = {"epochs": epochs, "verbose": 0, "callbacks": [states, guard]}
    return model, guard, start, states.found, lambda: model.fit(x, y, **run)


RUN = [(0.1, 0.1), (0.3, 0.35), (0.5, 0.55), (0.45, 0.5), (0.0, 0.9)]


def test_weights_and_optimizer_are_those_of_the_best_epoch(monkeypatch):
    model, guard, _, states, fit = eager_run(monkeypatch, RUN)
    with pytest.warns(UserWarning, match="Catastrophic") as warned:
        history = fit().history
    (text,) = (
        str(warning.message)
        for warning in warned
        if "Catastrophic" in str(warning.message)
    )
    assert "since epoch 2" in text and "0.5 to 0" in text
    assert "0.55 to 0.9" in text and "PGD-10" in text
    assert history[ROBUST] == [0.3, 0.5, 0.45, 0.0]
    assert history[ONE_STEP] == [0.35, 0.55, 0.5, 0.9]
    assert (guard.best_epoch, guard.stopped_epoch) == (1, 3)
    for one, other in zip(state(model), states[1], strict=True):
        np.testing.assert_array_equal(one, other)
    assert any(
        (one != other).any()
        for one, other in zip(states[1], states[3], strict=True)
    )


def test_a_fall_in_the_first_epoch(monkeypatch):
    model, guard, start, _, fit = eager_run(
        monkeypatch, [(0.5, 0.5), (0.1, 0.9)]
    )
    with pytest.warns(UserWarning, match="since the start of `fit`"):
        fit()
    assert (guard.best_epoch, guard.stopped_epoch) == (-1, 0)
    for one, other in zip(state(model), start, strict=True):
        np.testing.assert_array_equal(one, other)


def two_digits():
    x, y = load_digits(return_X_y=True)
    keep = y < 2
    return (x[keep] / 16).astype("float32"), y[keep]


def digits_model(noise, eps):
    keras.utils.set_random_seed(0)
    dense = [keras.layers.Dense(256, activation="relu") for _ in range(2)]
    backbone = keras.Sequential([keras.Input((64,)), *dense])
    model = keras_ceb.wrap(backbone, 2, objective="xent", seed=0)
    model.compile(
        keras.optimizers.Adam(3e-3),
        adversary=FastTraining("linf", eps, noise=noise, seed=0),
    )
    return model


def train_on_digits(model, epochs):
    x, y = two_digits()
    guard = CatastrophicOverfitting((x[-100:], y[-100:]))
    history = model.fit(
        x[:256],
        y[:256],
        batch_size=16,
        epochs=epochs,
        verbose=0,
        callbacks=guard,
    ).history
    return guard, history


@pytest.mark.slow
def test_it_is_caught_in_the_epoch_in_which_it_happens():
    # Steps as large as .4 of the range, from the images themselves.
    model = digits_model(None, 0.4)
    with pytest.warns(UserWarning, match="Catastrophic overfitting"):
        guard, history = train_on_digits(model, epochs=12)
    robust, one_step = (np.array(history[name]) for name in NAMES)
    assert guard.stopped_epoch == len(robust) - 1
    # The last epoch lost at once what those before it had.
    assert robust[-2] - robust[-1] >= 0.2
    assert (one_step - robust)[-1] >= 0.2 > np.max((one_step - robust)[2:-1])
    x, y = two_digits()
    restored = robust_accuracy(
        model, (x[-100:], y[-100:]), PGD("linf", 0.4, steps=10), verbose=0
    )
    assert restored.accuracy == robust[guard.best_epoch] == robust.max()


@pytest.mark.slow
def test_a_healthy_run_is_left_alone():
    guard, history = train_on_digits(digits_model("ball", 0.15), epochs=5)
    assert guard.stopped_epoch is None
    assert len(history[ROBUST]) == 5 and history[ROBUST][-1] > 0.8


def test_bad_arguments():
    x, y = toy.data(8)
    for drop in (-0.1, 1.5):
        with pytest.raises(ValueError, match="`drop` must be a finite"):
            CatastrophicOverfitting((x, y), drop=drop)
    with pytest.raises(TypeError, match="`data` must be a tuple"):
        CatastrophicOverfitting(None)
