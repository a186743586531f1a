"""A callback that tells data sets which epoch it is."""

import random
from typing import Any

import keras

from keras_ceb._src.data.array_dataset import ArrayDataset


class FollowEpochs(keras.callbacks.Callback):
    """Sets the epoch of an `ArrayDataset` to that of `fit`.

    So a run that goes on at a later epoch, by `initial_epoch` or by
    `keras.callbacks.BackupAndRestore`, gets the batches of that epoch. Unless
    it is told `shuffle=False`, `fit` also puts the batches in another order,
    with Python's `random`: the callback seeds it, by the first data set's
    seed and the epoch.

    Args:
        *datasets: One `ArrayDataset` or more.

    Raises:
        TypeError: If one is something else.

    Example:

    ```python
    model.fit(
        train,
        epochs=10,
        callbacks=[
            keras.callbacks.BackupAndRestore("backup"),
            keras_ceb.data.FollowEpochs(train),
        ],
    )
    ```
    """

    def __init__(self, *datasets: ArrayDataset):
        super().__init__()
        if not datasets:
            raise TypeError("`datasets` must be one or more. Received: none")
        for dataset in datasets:
            if not isinstance(dataset, ArrayDataset):
                raise TypeError(
                    "`datasets` must be of type `ArrayDataset`. "
                    f"Received: {dataset!r}"
                )
        self.datasets = datasets

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        for dataset in self.datasets:
            dataset.epoch = epoch
        random.seed(f"{self.datasets[0].seed} {epoch}")
