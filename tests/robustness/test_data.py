import keras
import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness.repeatable import repeatable

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


def test_data_loader():
    torch = pytest.importorskip("torch")
    rows = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    loader = torch.utils.data.DataLoader(rows, batch_size=3)
    check(loader)
    data_checks.check(loader)
    images, labels = zip(*data_lib.pairs(repeatable(loader)), strict=True)
    np.testing.assert_array_equal(np.concatenate(images), X)
    np.testing.assert_array_equal(np.concatenate(labels), Y)
    shuffled = torch.utils.data.DataLoader(rows, batch_size=3, shuffle=True)
    with pytest.raises(ValueError, match="`shuffle=False`"):
        for _ in range(5):
            list(data_lib.pairs(repeatable(shuffled)))


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
    data_checks.check(data, (0.0, 22.0))
    found = list(data_lib.batches(data, 5))
    np.testing.assert_array_equal(np.concatenate([x for x, _ in found]), X)
    labels = np.concatenate([y for _, y in found])
    np.testing.assert_array_equal(labels.reshape(11), Y)


def test_batches_that_are_all_empty():
    for data in (iter(()), [(X[:0], Y[:0])]):
        with pytest.raises(ValueError, match="`data` must hold at least one"):
            one_pass(data)


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


def one_hot(y):
    return ops.one_hot(y, 11)


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
        data_checks.check(form)
        found = np.concatenate([x for x, _ in data_lib.batches(form, 5)])
        np.testing.assert_array_equal(found, X)
