"""A callback that stops training at a NaN loss."""

import keras
import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.typing import Logs
from keras_ceb._src.validation import positive_integer


class StopOnNaN(keras.callbacks.Callback):
    """Stops training at a NaN loss, and keeps the last good weights.

    `keras.callbacks.TerminateOnNaN` leaves the model with weights that are
    already NaN. This callback restores those of the last snapshot and raises
    an error that names the step and the likely causes.

    Reading the loss waits for the device, so it is read every `period`
    batches and at the end of each epoch. A snapshot is a copy of the weights
    in host memory, taken at the start of training and after each
    reading that finds a finite loss.

    Args:
        period: Batches between readings, or `None` to read only at the end of
            each epoch.

    Raises:
        ValueError: If `period` is not a positive integer.
        FloatingPointError: From `fit`, when the loss is NaN or infinite.

    Example:

    ```python
    model.fit(x, y, callbacks=[keras_ceb.callbacks.StopOnNaN()])
    ```
    """

    def __init__(self, period: int | None = 100):
        super().__init__()
        if period is not None:
            period = positive_integer(period, "period")
        self.period = period
        self._batches = 0

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._batches = 0
        self._snapshot()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self.period and self._batches % self.period == 0:
            self._read(logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self._read(logs)

    def _snapshot(self) -> None:
        backend.sync_state(self.model)
        self._step = self._optimizer_step()
        self._weights = self.model.get_weights()

    def _optimizer_step(self) -> int:
        # Under a strategy the variable is mirrored, so `int` does not take it.
        iterations = self.model.optimizer.iterations
        return int(keras.ops.convert_to_numpy(iterations))

    def _read(self, logs: Logs | None) -> None:
        loss = float((logs or {}).get("loss", 0.0))
        if np.isfinite(loss):
            self._snapshot()
            return
        backend.sync_state(self.model)
        step = self._optimizer_step()
        self.model.set_weights(self._weights)
        raise FloatingPointError(
            f"The loss is {loss} at training step {step}; it was finite at "
            f"step {self._step}, whose weights are restored. Likely "
            "causes: a learning rate that is too high (try a tenth, or "
            "`clipnorm=1.0` in the optimizer), NaN or infinite inputs, or a "
            "rho that falls too fast (a longer schedule)."
        )
