import dataclasses

import numpy as np
import pytest

from examples.fashion_mnist import data
from examples.fashion_mnist import experiments

SMOKE = experiments.preset("smoke")


def test_the_test_set_is_whole_and_in_order(archive):
    test = data.load(archive, "test", SMOKE)
    labels = np.concatenate([test[i][1] for i in range(len(test))])
    np.testing.assert_array_equal(labels, np.arange(20) % 10)
    assert test[0][0].shape == (16, 8, 8, 1)


def test_only_the_first_images_are_taken_where_fewer_are_wanted(archive):
    few = dataclasses.replace(SMOKE, train_images=32, test_images=10)
    assert len(data.load(archive, "train", few).labels) == 32
    assert len(data.load(archive, "test", few).labels) == 10


def test_smoothing_is_of_the_training_labels_alone(archive):
    train, test = (
        data.load(archive, split, SMOKE, smoothing=0.1)
        for split in ("train", "test")
    )
    label = int(np.argmax(train.labels[3]))
    assert label == 3
    np.testing.assert_allclose(train.labels[3].sum(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(train.labels[3][3], 0.91, rtol=1e-6)
    np.testing.assert_allclose(train.labels[3][0], 0.01, rtol=1e-6)
    np.testing.assert_array_equal(test.labels[3], np.eye(10)[3])


@pytest.mark.parametrize("name", ["nothing.npz", "nothing"])
def test_a_missing_data_set_is_said(tmp_path, name):
    with pytest.raises(ValueError, match=f"`data` must be .*{name}"):
        data.load(str(tmp_path / name), "train", SMOKE)
