"""A callback that sets the epoch of data sets."""

import keras

from keras_ceb._src.data.pipeline.image_dataset import ImageDataset
from keras_ceb._src.typing import Logs


class FollowEpochs(keras.callbacks.Callback):
    """Sets the epoch of data sets to that of `fit`.

    A run that resumes at a later epoch, by `initial_epoch` or by
    `keras.callbacks.BackupAndRestore`, then gets the batches of that epoch.

    Args:
        *datasets: One or more of type `ImageDataset`, such as `ArrayDataset`.

    Raises:
        TypeError: If one is of another type, or there is none.

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

    def __init__(self, *datasets: ImageDataset):
        super().__init__()
        if not datasets:
            raise TypeError("`datasets` must be at least one. Received: none")
        for dataset in datasets:
            if not isinstance(dataset, ImageDataset):
                raise TypeError(
                    "`datasets` must be of type `ImageDataset`. "
                    f"Received: {dataset!r}"
                )
        self.datasets = datasets

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        for dataset in self.datasets:
            dataset.epoch = epoch
