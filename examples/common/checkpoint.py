"""Checkpoints that are either complete or absent, one per epoch.

Keras's `BackupAndRestore` writes the weights and then the epoch: a run that is
killed in between resumes with the weights of another epoch. Here one file has
the weights, and its name the epoch.
"""

import pathlib
import re
import tempfile

import keras

from examples.common.workdir import path_of

KEPT = 2


class Checkpoint(keras.callbacks.Callback):
    """Writes the state of training at the end of every epoch.

    On any file system that TensorFlow writes to. Must stand behind callbacks
    whose files a resumed run relies on.

    Args:
        folder: Path, of this run alone.
        write: Whether this process is the one that writes.

    Raises:
        ValueError: If the folder cannot be written to.
    """

    def __init__(self, folder, write=True):
        super().__init__()
        self.folder = path_of(folder)
        self.write = write
        if write:
            self._try_to_write()

    def _try_to_write(self):
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / "probe"
            probe.write_text("")
            probe.unlink()
        # File systems other than the local one have errors of their own.
        except Exception as error:
            raise ValueError(
                "`workdir` must be a folder that can be written to. "
                f"Received: {str(self.folder)!r} ({error})"
            ) from error

    def restore(self, model):
        """Loads the last checkpoint, if there is one.

        Args:
            model: The compiled model, built.

        Returns:
            The number of epochs that it has been trained for: the
            `initial_epoch` of `fit`.
        """
        found = self._found()
        if not found:
            return 0
        epochs, file = found[-1]
        model.optimizer.build(model.trainable_variables)
        with tempfile.TemporaryDirectory() as scratch:
            if not isinstance(file, pathlib.Path):
                local = pathlib.Path(scratch) / file.name
                local.write_bytes(file.read_bytes())
                file = local
            model.load_weights(file)
        return epochs

    def on_epoch_end(self, epoch, logs=None):
        if not self.write:
            return
        name = f"epoch_{epoch + 1:05d}.weights.h5"
        partial = self.folder / "partial"
        # On this machine, beside the checkpoints, a file can be moved.
        here = isinstance(self.folder, pathlib.Path)
        with tempfile.TemporaryDirectory(
            dir=self.folder if here else None
        ) as scratch:
            local = pathlib.Path(scratch) / name
            self.model.save_weights(local)
            if here:
                local.replace(partial)
            else:
                partial.write_bytes(local.read_bytes())
        partial.replace(self.folder / name)
        for _, file in self._found()[:-KEPT]:
            file.unlink()

    def _found(self):
        """The checkpoints and their epochs, the last one last."""
        if not self.folder.exists():
            return []
        matches = (
            (re.fullmatch(r"epoch_(\d+)\.weights\.h5", file.name), file)
            for file in self.folder.iterdir()
        )
        return sorted((int(m[1]), file) for m, file in matches if m)
