import dataclasses

import numpy as np
import pytest

from examples.cifar10_fast import data
from examples.cifar10_fast import experiments
from keras_ceb.data import Cutout

SMOKE = experiments.preset("smoke")


def test_the_test_set_is_whole_and_in_order(archive):
    test = data.load(archive, "test", SMOKE)
    labels = np.concatenate([test[i][1] for i in range(len(test))])
    np.testing.assert_array_equal(labels, np.arange(20) % 10)
    assert test.augmentation is None


def test_the_preset_says_how_much_is_trained_on_and_covered(archive):
    few = dataclasses.replace(SMOKE, train_images=16, cutout=4)
    train = data.load(archive, "train", few)
    assert len(train.labels) == 16
    assert isinstance(train.augmentation.augmentations[-1], Cutout)
    steps = data.load(archive, "train", SMOKE).augmentation.augmentations
    assert not any(isinstance(step, Cutout) for step in steps)


def test_smoothing_is_of_the_training_labels_alone(archive):
    train, test = (
        data.load(archive, split, SMOKE, smoothing=0.1)
        for split in ("train", "test")
    )
    np.testing.assert_allclose(train.labels[3].sum(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(train.labels[3][[3, 0]], [0.91, 0.01], rtol=1e-6)
    np.testing.assert_array_equal(test.labels[3], np.eye(10)[3])


@pytest.mark.parametrize("name", ["nothing.npz", "nothing"])
def test_a_missing_data_set_is_said(tmp_path, name):
    with pytest.raises(ValueError, match=f"`data` must be .*{name}"):
        data.load(str(tmp_path / name), "train", SMOKE)
