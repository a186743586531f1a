"""Accuracy under attack in the logs of `fit`."""

import keras
import numpy as np
import pytest

from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.adversarial import FastTraining
from keras_ceb.callbacks import RobustValidation
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.attacks import FGSM
from keras_ceb.robustness.attacks import PGD
from tests import toy

NAME = "val_robust_accuracy"
EPS = 0.5
BOUNDS = (-9.0, 9.0)


def model(adversary=True, **options):
    """The toy model, run eagerly: compiling a step would take longer."""
    built = toy.model(compile=False, **options)
    built.compile(
        keras.optimizers.SGD(0.1),
        adversary=(
            FastTraining("linf", EPS, bounds=BOUNDS) if adversary else None
        ),
        run_eagerly=True,
    )
    return built


def by_hand(built, x, y, attack=None):
    """The share of images that are classified correctly before and after."""
    attack = attack or PGD("linf", EPS, steps=10)
    adversarial = attack(Classifier(built, BOUNDS), x, y)
    right = (
        built.predict_on_batch(inputs).argmax(axis=1) == y
        for inputs in (x, adversarial)
    )
    return np.mean(np.all(list(right), axis=0))


class Accuracies(keras.callbacks.Callback):
    """The accuracy of a twin with the weights after each epoch."""

    def __init__(self, x, y):
        super().__init__()
        self.x, self.y, self.found = x, y, []
        self.twin = model()

    def on_epoch_end(self, epoch, logs=None):
        if keras.config.backend() == "jax":
            self.model.jax_state_sync()
        self.twin.set_weights(self.model.get_weights())
        self.found.append(by_hand(self.twin, self.x, self.y))


def test_the_logs_hold_the_accuracy_of_each_epoch(tmp_path):
    x, y = toy.data(48)
    built = model()
    hand = Accuracies(x[:32], y[:32])
    best = tmp_path / "best.weights.h5"
    monitor = {"monitor": NAME, "mode": "max"}
    history = built.fit(
        x,
        y,
        batch_size=8,
        epochs=4,
        verbose=0,
        callbacks=[
            hand,
            RobustValidation((x, y), num_images=32),
            keras.callbacks.ModelCheckpoint(
                best, save_best_only=True, save_weights_only=True, **monitor
            ),
            keras.callbacks.EarlyStopping(patience=4, **monitor),
        ],
    ).history
    np.testing.assert_allclose(history[NAME], hand.found)
    assert len(set(hand.found)) > 1
    hand.twin.load_weights(best)
    assert by_hand(hand.twin, x[:32], y[:32]) == max(hand.found)


@pytest.mark.skipif(
    keras.config.backend() == "torch", reason="PyTorch traces nothing"
)
def test_nothing_is_traced_again_after_the_first_epoch(monkeypatch):
    calls = []
    logits = ModelFunction.logits

    def counted(self, *args):
        calls.append(self)
        return logits(self, *args)

    monkeypatch.setattr(ModelFunction, "logits", counted)
    counts = []
    after = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: counts.append(len(calls))
    )
    x, y = toy.data(48)
    validation = RobustValidation((x, y), num_images=40, batch_size=16)
    model().fit(
        x, y, batch_size=8, epochs=5, verbose=0, callbacks=[validation, after]
    )
    assert counts[0] > 0 and set(counts) == {counts[0]}


def test_skipped_epochs_repeat_the_value(monkeypatch):
    values = iter(range(10))
    monkeypatch.setattr(
        RobustValidation,
        "_measure",
        lambda self: {NAME: float(next(values))},
    )
    built = model()
    x, y = toy.data(8)
    fitted = {"verbose": 0, "callbacks": RobustValidation((x, y), every=3)}
    history = built.fit(x, y, epochs=6, **fitted).history
    assert history[NAME] == [0, 0, 0, 1, 1, 2]
    # A `fit` that goes on begins with a measurement.
    history = built.fit(x, y, epochs=9, initial_epoch=7, **fitted).history
    assert history[NAME] == [3, 4]


def test_nothing_is_measured_where_the_loss_is_not_finite():
    x, y = toy.data(8)
    built = model(adversary=False)
    validation = RobustValidation((x, y), FGSM("linf", EPS), bounds=BOUNDS)
    x = x.copy()
    x[0, 0] = np.nan
    history = built.fit(x, y, verbose=0, callbacks=validation).history
    assert np.isnan(history["loss"][0]) and np.isnan(history[NAME][0])


def test_a_plain_model_a_stream_and_an_attack():
    x, y = toy.data(48)
    plain = keras.Sequential([keras.Input((5,)), keras.layers.Dense(3)])
    plain.add(keras.layers.Softmax())
    plain.compile(
        keras.optimizers.SGD(0.5),
        "sparse_categorical_crossentropy",
        run_eagerly=True,
    )
    attack = FGSM("linf", eps=EPS)
    batches = ((x[i : i + 8], y[i : i + 8]) for i in range(0, 48, 8))
    validation = RobustValidation(
        batches, attack, bounds=BOUNDS, num_images=20, from_logits=False
    )
    history = plain.fit(
        x, y, epochs=2, shuffle=False, verbose=0, callbacks=validation
    ).history
    logits = keras.Sequential(plain.layers[:-1])
    logits.build((None, 5))
    found = by_hand(logits, x[:20], y[:20], attack)
    assert history[NAME][-1] == found > 0


@pytest.mark.tf_only
def test_under_a_strategy():

    x, y = toy.data(32)
    strategy = toy.strategy()
    with strategy.scope():
        mirrored = model()
        mirrored.run_eagerly = False
    options = {"batch_size": 16, "epochs": 2, "verbose": 0}
    attack = FGSM("linf", EPS)
    validation = RobustValidation((x, y), attack)
    history = mirrored.fit(x, y, callbacks=validation, **options).history
    alone = model()
    alone.set_weights(mirrored.get_weights())
    assert history[NAME][-1] == by_hand(alone, x, y, attack) > 0


def test_bad_arguments():
    x, y = toy.data(8)
    with pytest.raises(TypeError, match="'data'"):
        RobustValidation()
    with pytest.raises(TypeError, match="`data` must be a tuple"):
        RobustValidation(None)
    with pytest.raises(ValueError, match="`every` must be a positive"):
        RobustValidation((x, y), every=0)
    with pytest.raises(TypeError, match="`attack` must be an attack"):
        RobustValidation((x, y), "pgd")
    with pytest.raises(ValueError, match="`bounds` must be"):
        RobustValidation((x, y), bounds=(1, 0))


@pytest.mark.parametrize(
    "arguments, adversary, text",
    [
        ({}, False, "`attack` must be given.*without an adversary"),
        ({"attack": PGD("linf", 20.0)}, True, "`eps` must not be larger"),
        ({"bounds": (0, 1)}, True, "must lie within `bounds"),
    ],
)
def test_what_does_not_fit_the_model_is_an_error_before_training(
    arguments, adversary, text
):
    x, y = toy.data(8)
    built = model(adversary)
    before = built.get_weights()
    with pytest.raises(ValueError, match=text):
        built.fit(
            x, y, verbose=0, callbacks=RobustValidation((x, y), **arguments)
        )
    for one, other in zip(before, built.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_checkpoint_that_comes_first():
    x, y = toy.data(8)
    checkpoint = keras.callbacks.ModelCheckpoint("a.keras", monitor=NAME)
    with pytest.raises(
        ValueError, match="RobustValidation, which .*before ModelCheckpoint"
    ):
        model().fit(x, y, callbacks=[checkpoint, RobustValidation((x, y))])
