"""What all data sets of images share."""

import numpy as np
import pytest

from keras_ceb import data


class Squares(data.ImageDataset):
    """Twenty images whose level is their place; some cannot be read."""

    broken = ()

    @property
    def num_examples(self):
        return 20

    def read(self, places):
        places = np.array([p for p in places if p not in self.broken], int)
        images = np.zeros((len(places), 4, 4, 1), "uint8")
        images[:] = places[:, None, None, None]
        return places, images, places**2


def iter_by_index(dataset):
    index = 0
    while True:
        try:
            yield dataset[index]
        except IndexError:
            return
        index += 1


def test_there_is_no_batch_behind_the_last():
    dataset = Squares(5)
    # As a loop over it asks for them on an older Keras.
    assert sum(1 for _ in iter_by_index(dataset)) == len(dataset) == 4
    for index in (-1, 4):
        with pytest.raises(IndexError, match=f"0..3. Received: {index}"):
            dataset[index]


def test_passes_are_counted_where_nobody_sets_the_epoch():
    dataset = Squares(4)
    for epoch in range(3):
        dataset.on_epoch_begin()
        assert dataset.epoch == epoch
    dataset.epoch = 7
    dataset.on_epoch_begin()
    assert dataset.epoch == 7


def test_a_source_of_ones_own():
    dataset = Squares(5, shuffle=False, bounds=None)
    images, labels = dataset[1]
    np.testing.assert_array_equal(images[:, 0, 0, 0], np.arange(5, 10))
    np.testing.assert_array_equal(labels, np.arange(5, 10) ** 2)
    assert images.dtype == np.uint8 and dataset.class_names is None


def test_what_cannot_be_read_is_left_out_of_its_batch():
    dataset = Squares(
        5,
        shuffle=False,
        bounds=None,
        augmentation=data.PadAndCrop(1, fill_value=255, seed=0),
    )
    whole, _ = dataset[1]
    dataset.broken = (6, 7)
    part, labels = dataset[1]
    np.testing.assert_array_equal(part, whole[[0, 3, 4]])
    assert labels.tolist() == [25, 64, 81]
    dataset.broken = range(20)
    assert dataset[1][0].shape == (0, 4, 4, 1)


def test_the_base_class_reads_nothing():
    with pytest.raises(NotImplementedError):
        data.ImageDataset()[0]
