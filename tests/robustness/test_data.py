import itertools

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness import data as data_lib

X = np.arange(22, dtype="float32").reshape(11, 2)
Y = np.arange(11)


class Pairs(keras.utils.PyDataset):
    def __len__(self):
        return 3

    def __getitem__(self, i):
        part = slice(4 * i, 4 * i + 4)
        return X[part], Y[part], np.ones(4)[: len(Y[part])]


def check(data):
    found = list(data_lib.batches(data, 5))
    assert [len(x) for x, _ in found] == [5, 5, 1]
    np.testing.assert_array_equal(np.concatenate([x for x, _ in found]), X)
    np.testing.assert_array_equal(np.concatenate([y for _, y in found]), Y)


def test_every_form_gives_the_same_batches():
    check((X, Y))
    check(Pairs())
    check((X[i : i + 3], Y[i : i + 3]) for i in range(0, 11, 3))
    assert data_lib.num_images((X, Y)) == 11
    assert data_lib.num_images(Pairs()) is None


@pytest.mark.tf_only
def test_tf_data():
    import tensorflow as tf

    check(tf.data.Dataset.from_tensor_slices((X, Y)).batch(3))


@pytest.mark.parametrize(
    "data,error,message",
    [
        ([X[:3], X[3:6]], ValueError, "without labels"),
        ((X, Y[:3]), ValueError, "as many labels as images"),
        ((X, None), ValueError, "as many labels as images"),
        ([], ValueError, "at least one batch"),
        ([(X[0], Y[0])], ValueError, "must yield batches"),
        (3, TypeError, "must be a tuple"),
    ],
)
def test_bad_data(data, error, message):
    with pytest.raises(error, match=message):
        list(data_lib.batches(data, 4))


def one_pass(data):
    """What is left to be seen when `data` is read."""
    return list(data_lib.batches(data, 4))


@pytest.mark.parametrize(
    "data",
    [
        (X.tolist(), Y.tolist()),
        (X, Y[:, None]),
        (X, Y, np.ones(11)),
        (ops.convert_to_tensor(X), ops.convert_to_tensor(Y)),
        (list(X), list(Y)),
        [(X[:6].tolist(), Y[:6].tolist()), (X[6:], Y[6:], np.ones(5))],
        [(ops.convert_to_tensor(X), ops.convert_to_tensor(Y))],
        [(X[:0], Y[:0]), (X, Y)],
    ],
)
def test_forms_of_arrays_and_batches(data):
    data_lib.check(data, (0.0, 22.0))
    found = list(data_lib.batches(data, 5))
    np.testing.assert_array_equal(np.concatenate([x for x, _ in found]), X)
    labels = np.concatenate([y for _, y in found])
    np.testing.assert_array_equal(labels.reshape(11), Y)


class Endless(keras.utils.PyDataset):
    def __getitem__(self, i):
        return X, Y


class LengthIsNone(Endless):
    def __len__(self):
        return None


class NumBatchesIsNone(Endless):
    @property
    def num_batches(self):
        return None


@pytest.mark.parametrize(
    "data",
    [
        Endless(),
        LengthIsNone(),
        NumBatchesIsNone(),
        itertools.cycle([(X, Y)]),
        itertools.repeat((X, Y)),
    ],
)
@pytest.mark.parametrize("read", [data_lib.check, one_pass])
def test_data_that_does_not_end(data, read):
    with pytest.raises(ValueError, match="`data` must end.*Received: an inf"):
        read(data)


class Nothing(keras.utils.PyDataset):
    def __len__(self):
        return 0

    def __getitem__(self, i):
        raise AssertionError


@pytest.mark.parametrize("data", [(X[:0], Y[:0]), ([], []), [], Nothing()])
@pytest.mark.parametrize("read", [data_lib.check, one_pass])
def test_data_that_is_empty(data, read):
    with pytest.raises(ValueError, match="`data` must hold at least one"):
        read(data)


def test_batches_that_are_all_empty():
    for data in (iter(()), [(X[:0], Y[:0])]):
        with pytest.raises(ValueError, match="`data` must hold at least one"):
            one_pass(data)


BAD_ARRAYS = {
    "a dict of inputs": ({"image": X}, Y, "must be one array.*'image'"),
    "two inputs": ((X, X), Y, "must be one array.*several inputs"),
    "a list of two inputs": ([X, X], Y, "as many labels.*several inputs"),
    "a dict of outputs": (X, {"label": Y}, "labels of `data` must be one"),
    "too few labels": (X, Y[:5], "11 images and 5 labels"),
    "names": (X, np.array(["cat"] * 11), "not their names"),
    "a list of names": (X, ["cat"] * 11, "not their names"),
    "objects": (X.astype(object), Y, "images of `data` must be numbers"),
    "texts": (np.full((11, 2), "a"), Y, "images of `data` must be numbers"),
    "complex": (X.astype(complex), Y, "images of `data` must be numbers"),
    "vectors": (X[:, 0], Y, r"must have shape \(batch, ...\)"),
    "NaN": (np.where(X > 20, np.nan, X), Y, r"must not contain NaN.*\[10\]"),
    "out of range": (X + 2, Y, "images of `data` must lie within"),
    "one number": (3.0, Y, "must be an array"),
    "one image": (np.float32(3), Y, "must be many"),
    "sizes": ([X[0], X[0, :1]] + [X[0]] * 9, Y, "all images of one size"),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_arrays_are_refused_before_they_are_read(name):
    x, y, message = BAD_ARRAYS[name]
    with pytest.raises((TypeError, ValueError), match=message) as e:
        data_lib.check((x, y), (0.0, 22.0))
    assert "`data`" in str(e.value) and "Received" in str(e.value)


BAD_BATCHES = {
    "a dict": ({"image": X, "label": Y}, "keys .*'image', 'label'"),
    "a dict of inputs": (({"image": X}, Y), "must be one array.*'image'"),
    "two inputs": (((X, X), Y), "must be one array.*several inputs"),
    "no labels": ((X,), "without labels of length 1"),
    "four parts": ((X, Y, Y, Y), "of length 4"),
    "one image": ((X, Y[0]), "must yield batches"),
    "too few labels": ((X, Y[:5]), "as many labels as images"),
    "labels that only fill": ((X[:10], Y[:10].reshape(5, 2)), "must yield"),
    "texts": ((np.full((11, 2), "a"), Y), "must be numbers"),
}


@pytest.mark.parametrize("name", BAD_BATCHES)
def test_batches_are_refused_when_they_are_read(name):
    element, message = BAD_BATCHES[name]
    with pytest.raises(ValueError, match=message) as error:
        one_pass([element])
    assert "`data`" in str(error.value)


@pytest.mark.parametrize(
    "data", ["cifar10", b"x", {"x": X, "y": Y}, X, 3, None]
)
def test_what_is_no_data(data):
    with pytest.raises(TypeError, match=r"`data` must be a tuple `\(x, y\)`"):
        data_lib.check(data)


@pytest.mark.tf_only
@pytest.mark.parametrize(
    "make,message",
    [
        (lambda d: d.batch(4).repeat(), "must end"),
        (lambda d: d.repeat().shuffle(4).batch(4), "must end"),
        (lambda d: d, "must yield batches"),
        (lambda d: d.map(lambda x, y: (x, one_hot(y))), "must yield batches"),
        (lambda d: d.batch(4).take(0), "at least one"),
        (lambda d: d.batch(4).map(lambda x, y: x), "without labels"),
        (lambda d: d.batch(4).map(lambda x, y: {"image": x}), "'image'"),
        (
            lambda d: d.batch(4).map(lambda x, y: ({"image": x}, y)),
            "must be one array.*'image'",
        ),
        (
            lambda d: d.batch(4).map(lambda x, y: ((x, x), y)),
            "must be one array",
        ),
        (
            lambda d: d.map(lambda x, y: (x[:y], y)).ragged_batch(4),
            "dense tensors",
        ),
        (lambda d: d.batch(4).map(lambda x, y: (x, as_text(y))), "strings"),
    ],
)
def test_tf_data_is_refused_by_what_it_tells(make, message):
    import tensorflow as tf

    data = make(tf.data.Dataset.from_tensor_slices((X, Y)))
    with pytest.raises(ValueError, match=message) as error:
        data_lib.check(data)
    assert "`data`" in str(error.value)


def one_hot(y):
    return ops.one_hot(y, 11)


def as_text(y):
    import tensorflow as tf

    return tf.strings.as_string(y)


@pytest.mark.tf_only
def test_tf_data_in_every_form_that_is_right():
    import tensorflow as tf

    data = tf.data.Dataset.from_tensor_slices((X, Y))
    for form in (
        data.batch(3),
        data.batch(11, drop_remainder=True),
        data.batch(3).map(lambda x, y: (x, y[:, None])),
        data.batch(3).map(lambda x, y: (x, one_hot(y))),
        data.batch(3).map(lambda x, y: (x, y, y)),
        data.repeat(2).take(11).batch(4),
        data.batch(3).filter(lambda x, y: True),
        tf.data.Dataset.from_generator(
            lambda: iter([(X, Y)]), output_types=("float32", "int32")
        ),
    ):
        data_lib.check(form)
        found = np.concatenate([x for x, _ in data_lib.batches(form, 5)])
        np.testing.assert_array_equal(found, X)


def test_labels_in_arrays_are_all_looked_at():
    data_lib.check_labels((X, Y), 11)
    data_lib.check_labels([(X, Y)], 2)
    with pytest.raises(ValueError, match="labels of `data` must lie in 0..9"):
        data_lib.check_labels((X, Y), 10)
