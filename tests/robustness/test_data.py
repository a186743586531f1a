import keras
import numpy as np
import pytest

from keras_ceb.robustness import data as data_lib

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
