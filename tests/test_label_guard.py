"""Labels that are not possible are found, and poison nothing."""

import numpy as np
import pytest
from keras import ops

from tests import toy
from tests.streams import STREAMS
from tests.streams import Batches
from tests.streams import stream


def poison(y, value):
    y = y.copy()
    y[5] = value
    return y


@pytest.mark.parametrize("value", [-1, 3, 1000])
@pytest.mark.parametrize("eagerly", [True, False])
@pytest.mark.parametrize("method", ["fit", "evaluate", "train_on_batch"])
def test_impossible_labels_in_arrays(value, eagerly, method):
    x, y = toy.data()
    model = toy.model(compile=False)
    model.compile("sgd", run_eagerly=eagerly)
    before = model.get_weights()
    with pytest.raises(ValueError, match=r"`y` must hold integers from 0 to 2"):
        getattr(model, method)(x, poison(y, value))
    for one, other in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_impossible_labels_in_validation_data():
    x, y = toy.data()
    with pytest.raises(ValueError, match="`validation_data` must hold"):
        toy.model().fit(x, y, validation_data=(x, poison(y, 7)), verbose=0)


@pytest.mark.parametrize("kind", STREAMS)
@pytest.mark.parametrize("value", [-1, 3])
@pytest.mark.parametrize("mode", ["eager", "graph", "xla"])
def test_impossible_labels_in_streams_do_not_poison(kind, value, mode):
    x, y = toy.data()
    model = toy.model(compile=False)
    model.compile("sgd", run_eagerly=mode == "eager", jit_compile=mode == "xla")
    with pytest.raises(ValueError, match=r"`y` must hold .*1 labels outside"):
        model.fit(stream(kind, x, poison(y, value)), steps_per_epoch=3)
    assert all(np.isfinite(w).all() for w in model.get_weights())
    # The same model goes on with good labels.
    model.fit(stream(kind, x, y), steps_per_epoch=3, verbose=0)


def test_impossible_labels_have_no_weight():
    x, y = toy.data(8)
    model = toy.switch_off_noise(toy.model())
    twin = toy.switch_off_noise(toy.model())
    weights = np.ones(8, "float32")
    weights[5] = 0.0
    with pytest.raises(ValueError, match="labels outside"):
        model.fit(Batches(x, poison(y, 9), batch_size=8), verbose=0)
    twin.train_on_batch(x, y, sample_weight=weights)
    for one, other in zip(
        model.trainable_weights, twin.trainable_weights, strict=True
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6
        )


@pytest.mark.parametrize("kind", STREAMS)
def test_impossible_labels_in_evaluation(kind):
    x, y = toy.data()
    model = toy.model()
    with pytest.raises(ValueError, match=r"`y` must hold .*labels outside"):
        model.evaluate(stream(kind, x, poison(y, 7)), steps=3, verbose=0)
    with pytest.raises(ValueError, match=r"`y` must hold .*labels outside"):
        model.fit(
            x,
            y,
            validation_data=stream(kind, x, poison(y, 7)),
            validation_steps=3,
            verbose=0,
        )


@pytest.mark.parametrize(
    "labels",
    [
        lambda y: np.eye(4)[y],
        lambda y: y.astype("float32"),
        lambda y: np.eye(3)[y] * 2.0,
        lambda y: None,
    ],
    ids=["width", "float", "not a distribution", "missing"],
)
def test_bad_labels(labels):
    x, y = toy.data()
    with pytest.raises(ValueError, match=r"`y`.*Received"):
        toy.model().fit(x, labels(y), verbose=0)


@pytest.mark.parametrize("kind", STREAMS)
def test_labels_missing_in_streams(kind):
    x, _ = toy.data()
    with pytest.raises(ValueError, match=r"Labels are missing"):
        toy.model().fit(stream(kind, x), steps_per_epoch=3, verbose=0)
