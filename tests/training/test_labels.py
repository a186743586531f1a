"""Labels that are not possible are found, and poison nothing."""

import numpy as np
import pytest
from keras import ops

import keras_ceb
from keras_ceb._src.targets import standardize
from keras_ceb._src.training import labels
from keras_ceb._src.training.labels import Labels
from tests import toy
from tests.streams import STREAMS
from tests.streams import Batches
from tests.streams import stream


def numpy(tensor):
    return ops.convert_to_numpy(tensor)


def test_valid_integers():
    y = standardize(np.array([-1, 0, 2, 3]), 3)
    np.testing.assert_array_equal(
        numpy(labels.possible(y, 3)), [False, True, True, False]
    )


def test_valid_target_probabilities():
    y = np.array(
        [[0.9, 0.1], [1.0, 0.5], [1.5, -0.5], [np.nan, 1.0], [0.498, 0.5]]
    )
    np.testing.assert_array_equal(
        numpy(labels.possible(standardize(y, 2), 2)),
        [True, False, False, False, True],
    )


def test_neutral_replaces_what_is_not_valid():
    y = standardize(np.array([5, 1]), 3)
    mask = labels.possible(y, 3)
    np.testing.assert_array_equal(numpy(labels.neutral(y, mask)), [0, 1])
    soft = standardize(np.array([[np.nan, 1, 0], [0, 0.5, 0.5]]), 3)
    mask = labels.possible(soft, 3)
    np.testing.assert_array_equal(
        numpy(labels.neutral(soft, mask)), [[1, 0, 0], [0, 0.5, 0.5]]
    )


def test_check_names_the_wrong_values():
    with pytest.raises(
        ValueError,
        match=r"`y` must hold integers from 0 to 2.*1 of 4.*\[2\]: \[7\]",
    ):
        Labels(3).check(np.array([0, 1, 7, 2]))
    with pytest.raises(ValueError, match="`validation_data` must hold"):
        Labels(3).check([0, -1], "validation_data")
    np.testing.assert_array_equal(numpy(Labels(3).check([0, 1, 2])), [0, 1, 2])


def test_weights_are_those_of_the_examples_that_are_possible():
    mask = np.array([True, False, True])
    np.testing.assert_array_equal(numpy(labels.weights(mask)), [1, 0, 1])
    for given in ([0.5, 2.0, 3.0], [[0.5], [2.0], [3.0]]):
        weights = numpy(labels.weights(mask, np.array(given, "float64")))
        np.testing.assert_array_equal(weights, [0.5, 0, 3])
        assert weights.dtype == np.float32


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
@pytest.mark.parametrize(
    "mode",
    ["eager", "graph", pytest.param("xla", marks=pytest.mark.slow_on_torch)],
)
def test_impossible_labels_in_streams_do_not_poison(kind, mode):
    x, y = toy.data()
    model = toy.model(compile=False)
    model.compile("sgd", run_eagerly=mode == "eager", jit_compile=mode == "xla")
    for value in (-1, 3):
        with pytest.raises(ValueError, match=r"`y` must .*1 invalid labels"):
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
    with pytest.raises(ValueError, match="invalid labels"):
        model.fit(Batches(x, poison(y, 9), batch_size=8), verbose=0)
    twin.train_on_batch(x, y, sample_weight=weights)
    for one, other in zip(
        model.trainable_weights, twin.trainable_weights, strict=True
    ):
        np.testing.assert_allclose(
            ops.convert_to_numpy(one), ops.convert_to_numpy(other), atol=1e-6
        )


def test_a_stream_is_stopped_after_at_most_64_batches_more():
    x, y = toy.data(100)
    record = toy.Record()
    with pytest.raises(ValueError, match="`y` must hold .*1 invalid labels"):
        # The label of batch 5; the count has been read after batch 0.
        toy.model().fit(
            Batches(x, poison(y, 9), batch_size=1),
            shuffle=False,
            callbacks=[record],
            verbose=0,
        )
    assert len(record.logs) == 1 + 64


@pytest.mark.parametrize("kind", STREAMS)
def test_impossible_labels_in_evaluation(kind):
    x, y = toy.data()
    model = toy.model(eagerly=kind == "pydataset")
    with pytest.raises(ValueError, match=r"`y` must hold .*invalid labels"):
        model.evaluate(stream(kind, x, poison(y, 7)), steps=3, verbose=0)
    with pytest.raises(ValueError, match=r"`y` must hold .*invalid labels"):
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
    with pytest.raises(ValueError, match=r"`y` must hold .*y=None"):
        model = toy.model(eagerly=kind == "generator")
        model.fit(stream(kind, x), steps_per_epoch=3, verbose=0)


def wide_model(num_classes=1000):
    model = keras_ceb.wrap(
        toy.backbone(), num_classes, rho=keras_ceb.schedules.Constant(1.0)
    )
    model.compile("sgd", run_eagerly=True)
    return model


@pytest.mark.parametrize("kind", ["arrays", *STREAMS])
def test_labels_of_few_classes_get_one_warning(kind):
    x, y = toy.data(num_classes=5)
    y[0] = 4
    model = wide_model()

    def data():
        return (x, y) if kind == "arrays" else (stream(kind, x, y),)

    text = "5 classes, but .* 1000.*num_classes=5"
    with pytest.warns(UserWarning, match=text) as caught:
        model.fit(*data(), steps_per_epoch=3, epochs=2, verbose=0)
        model.fit(*data(), steps_per_epoch=3, verbose=0)
    messages = [w for w in caught if "num_classes" in str(w.message)]
    assert len(messages) == 1
    assert messages[0].filename == __file__


@pytest.mark.parametrize("kind", ["arrays", "pydataset"])
@pytest.mark.parametrize("num_classes,largest", [(1000, 100), (10, 1), (5, 0)])
def test_labels_of_enough_classes_get_none(kind, num_classes, largest, recwarn):
    x, y = toy.data(num_classes=2)
    y[0] = largest
    y = np.minimum(y, largest)
    data = (x, y) if kind == "arrays" else (stream(kind, x, y),)
    wide_model(num_classes).fit(*data, verbose=0)
    assert not [w for w in recwarn if "num_classes" in str(w.message)]


def test_one_hot_labels_know_the_number_of_classes(recwarn):
    x, y = toy.data(num_classes=5)
    wide_model().fit(x, np.eye(1000)[y], verbose=0)
    assert not [w for w in recwarn if "num_classes" in str(w.message)]
