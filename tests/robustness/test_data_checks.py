import itertools

import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks

X = np.arange(22, dtype="float32").reshape(11, 2)
Y = np.arange(11)


def one_pass(data):
    """What is left to be seen when `data` is read."""
    return list(data_lib.batches(data, 4))


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
@pytest.mark.parametrize("read", [data_checks.check, one_pass])
def test_data_that_does_not_end(data, read):
    with pytest.raises(ValueError, match="`data` must end.*Received: an inf"):
        read(data)


class Nothing(keras.utils.PyDataset):
    def __len__(self):
        return 0

    def __getitem__(self, i):
        raise AssertionError


@pytest.mark.parametrize("data", [(X[:0], Y[:0]), ([], []), [], Nothing()])
@pytest.mark.parametrize("read", [data_checks.check, one_pass])
def test_data_that_is_empty(data, read):
    with pytest.raises(ValueError, match="`data` must hold at least one"):
        read(data)


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
    "one image": (np.float32(3), Y, "must have a batch axis"),
    "sizes": ([X[0], X[0, :1]] + [X[0]] * 9, Y, "all images of one size"),
}


@pytest.mark.parametrize("name", BAD_ARRAYS)
def test_arrays_are_refused_before_they_are_read(name):
    x, y, message = BAD_ARRAYS[name]
    with pytest.raises((TypeError, ValueError), match=message) as e:
        data_checks.check((x, y), (0.0, 22.0))
    assert "`data`" in str(e.value) and "Received" in str(e.value)


@pytest.mark.parametrize(
    "data", ["cifar10", b"x", {"x": X, "y": Y}, X, 3, None]
)
def test_what_is_no_data(data):
    with pytest.raises(TypeError, match=r"`data` must be a tuple `\(x, y\)`"):
        data_checks.check(data)


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
        data_checks.check(data)
    assert "`data`" in str(error.value)


def one_hot(y):
    return ops.one_hot(y, 11)


def as_text(y):
    import tensorflow as tf

    return tf.strings.as_string(y)


def test_labels_in_arrays_are_all_looked_at():
    data_checks.check_labels((X, Y), 11)
    data_checks.check_labels([(X, Y)], 2)
    with pytest.raises(ValueError, match="labels of `data` must lie in 0..9"):
        data_checks.check_labels((X, Y), 10)
