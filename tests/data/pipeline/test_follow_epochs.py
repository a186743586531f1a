"""A run that was killed sees the batches it would have seen."""

import random

import keras
import numpy as np
import pytest

from keras_ceb import data


class Recorder(data.ArrayDataset):
    """Remembers the labels of each batch that it gave out, by epoch."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seen = {}

    def __getitem__(self, index):
        images, labels = super().__getitem__(index)
        self.seen[self.epoch, index] = labels
        return images, labels


class Killed(Exception):
    pass


class Kill(keras.callbacks.Callback):
    """Ends the run in the middle of an epoch."""

    def __init__(self, epoch):
        super().__init__()
        self.epoch = epoch

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.now == self.epoch and batch == 1:
            raise Killed


def run(folder, kill_at=None):
    """Trains for 5 epochs; returns the data set and the model."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, 8, 8, 3)).astype("uint8")
    train = Recorder(
        images,
        np.arange(24) % 3,
        6,
        seed=1,
        augmentation=data.cifar_augmentation(None, cutout=4),
    )
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            keras.layers.Flatten(),
            keras.layers.Dense(3, kernel_initializer="zeros"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(0.01), loss=loss)
    callbacks = [
        keras.callbacks.BackupAndRestore(folder),
        data.FollowEpochs(train),
    ]
    if kill_at is not None:
        callbacks.append(Kill(kill_at))
    model.fit(train, epochs=5, verbose=0, callbacks=callbacks)
    return train, model


def test_a_killed_run_ends_with_the_weights_of_a_straight_one(tmp_path):
    straight, model = run(tmp_path / "straight")
    with pytest.raises(Killed):
        run(tmp_path / "killed", kill_at=3)
    resumed, again = run(tmp_path / "killed")
    assert {epoch for epoch, _ in resumed.seen} >= {3, 4}
    for key, labels in straight.seen.items():
        if key[0] >= 3:
            np.testing.assert_array_equal(resumed.seen[key], labels)
    for one, other in zip(
        model.get_weights(), again.get_weights(), strict=True
    ):
        np.testing.assert_array_equal(one, other)
        assert np.any(one)


def test_initial_epoch_is_followed():
    train = data.ArrayDataset(
        np.zeros((4, 4, 4, 3), "uint8"), np.zeros(4), batch_size=2
    )
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", loss="mse")
    model.fit(
        train,
        epochs=6,
        initial_epoch=5,
        verbose=0,
        callbacks=[data.FollowEpochs(train)],
    )
    assert train.epoch == 5


def test_the_order_of_fit_leaves_pythons_random_alone():
    """`fit` shuffles batches by it: by the epoch, and then gives it back."""
    images, labels = np.zeros((24, 4, 4, 3), "uint8"), np.arange(24)
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", loss="mse")
    orders, draws = [], []
    for seed in (1, 2):
        random.seed(seed)
        train = Recorder(images, labels, 2, seed=5)
        keep = keras.callbacks.LambdaCallback(
            on_epoch_end=lambda epoch, logs: draws.append(random.random())
        )
        callbacks = [data.FollowEpochs(train), keep]
        model.fit(
            train, initial_epoch=1, epochs=3, verbose=0, callbacks=callbacks
        )
        orders.append([key for key in train.seen if key[0] > 0])
    assert orders[0] == orders[1]
    first = [batch for epoch, batch in orders[0] if epoch == 1]
    second = [batch for epoch, batch in orders[0] if epoch == 2]
    assert sorted(first) == sorted(second) == list(range(12))
    assert first != second != list(range(12))
    # Four draws of two generators that nobody seeded between.
    assert len(set(draws)) == 4
    train.on_epoch_begin()
    seeded = random.getstate()
    train[0]
    assert random.getstate() != seeded


def test_what_is_not_an_image_dataset_is_refused():
    with pytest.raises(TypeError, match="`ImageDataset`.*Received: 3"):
        data.FollowEpochs(3)
    with pytest.raises(TypeError, match="`datasets`.*none"):
        data.FollowEpochs()
