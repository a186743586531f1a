"""The logs of each epoch, in a file that a resumed run continues."""

import time

import keras

from examples.common import workdir


class EpochHistory(keras.callbacks.Callback):
    """Keeps the logs of every epoch in a JSON file, and how long it took.

    Rows are keyed by the epoch: one that a killed run trains again takes the
    place of its earlier row. Must stand before `Checkpoint`, so that no epoch
    has a checkpoint whose row is missing.

    Args:
        file: Path of the JSON file.
        write: Whether this process is the one that writes it.
    """

    def __init__(self, file, write=True):
        super().__init__()
        self.file = file
        self.write = write
        self.rows = []

    def on_train_begin(self, logs=None):
        if self.write and self.file.exists():
            self.rows = workdir.read(self.file)["epochs"]

    def on_epoch_begin(self, epoch, logs=None):
        self._start, self._cpu_start = time.time(), time.process_time()

    def on_epoch_end(self, epoch, logs=None):
        row = {name: float(value) for name, value in (logs or {}).items()}
        row["seconds"] = round(time.time() - self._start, 1)
        # What it costs where other processes share the cores.
        row["cpu_seconds"] = round(time.process_time() - self._cpu_start, 1)
        self.rows = [*self.rows[:epoch], {"epoch": epoch, **row}]
        if self.write:
            workdir.write(self.file, {"epochs": self.rows})
