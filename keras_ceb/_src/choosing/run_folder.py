"""The folder of one training run, from which it resumes after any end."""

import json
import os
import pathlib
from typing import Any

import keras


class RunFolder:
    """Weights and logs of a run, whole whenever the process is killed.

    A file of weights is complete before `state.json` names it, and the one
    before it is removed after that: `keras.callbacks.BackupAndRestore` writes
    weights and epoch one after the other, and can resume with weights of
    another epoch.

    Args:
        path: The folder; made if it does not exist.
        settings: What the run depends on, values for JSON.

    Raises:
        ValueError: If the folder holds a run of other settings.
    """

    def __init__(self, path: pathlib.Path, settings: dict[str, Any]):
        self.path = path
        self.settings = json.loads(json.dumps(settings))
        path.mkdir(parents=True, exist_ok=True)
        self._file = path / "state.json"
        self.state: dict[str, Any] = {"settings": self.settings, "history": {}}
        if not self._file.exists():
            return
        self.state = json.loads(self._file.read_text(encoding="utf-8"))
        found = self.state["settings"]
        for name in sorted({*found, *self.settings}):
            if found.get(name) != self.settings.get(name):
                raise ValueError(
                    "`checkpoint_dir` must be empty or hold a sweep of the "
                    "same settings. Received: a run with "
                    f"{name}={found.get(name)!r}, now "
                    f"{self.settings.get(name)!r}, in {str(path)!r}"
                )

    @property
    def epochs(self) -> int:
        """The number of epochs that are done."""
        return int(self.state.get("epochs", 0))

    @property
    def history(self) -> dict[str, list[float]]:
        """The logs of these epochs."""
        history: dict[str, list[float]] = self.state["history"]
        return history

    @property
    def result(self) -> dict[str, float] | None:
        """What `finish` was given, if the run is finished."""
        result: dict[str, float] | None = self.state.get("result")
        return result

    @property
    def weights(self) -> pathlib.Path | None:
        """The file of the weights after these epochs."""
        name = self.state.get("weights")
        return None if name is None else self.path / name

    def save(
        self, model: keras.Model, epochs: int, logs: dict[str, Any]
    ) -> None:
        """Records an epoch with the weights after it."""
        history = {
            name: [*self.history.get(name, []), float(value)]
            for name, value in logs.items()
        }
        self._write(model, epochs=epochs, history=history)

    def finish(self, model: keras.Model, result: dict[str, float]) -> None:
        """Records the end of the run, with the weights that it ended with."""
        self._write(model, result=result)

    def _write(self, model: keras.Model, **changes: Any) -> None:
        old = self.weights
        state = {**self.state, **changes}
        end = "end" if "result" in state else f"epoch-{state['epochs']}"
        state["weights"] = f"{end}.weights.h5"
        model.save_weights(self.path / state["weights"])
        partial = self._file.with_suffix(".partial")
        partial.write_text(json.dumps(state), encoding="utf-8")
        os.replace(partial, self._file)
        self.state = state
        if old is not None and old != self.weights:
            old.unlink(missing_ok=True)


def load(model: keras.Model, weights: pathlib.Path | None) -> None:
    """Loads the weights of a `RunFolder`, with those of the optimizer.

    Args:
        model: The model, built and compiled.
        weights: The file, or `None` for a run that has not begun.
    """
    if weights is None:
        return
    # Keras skips an optimizer that has no variables yet, as it has before the
    # first step if it runs eagerly.
    if not model.optimizer.built:
        model.optimizer.build(model.trainable_variables)
    model.load_weights(weights)


class Resume(keras.callbacks.Callback):
    """Continues a run from its folder, and records each epoch there."""

    def __init__(self, folder: RunFolder):
        super().__init__()
        self.folder = folder

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        load(self.model, self.folder.weights)

    def on_epoch_end(
        self, epoch: int, logs: dict[str, Any] | None = None
    ) -> None:
        self.folder.save(self.model, epoch + 1, logs or {})
