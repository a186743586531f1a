"""A callback that stops training at catastrophic overfitting."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.callbacks.robust_validation import RobustValidation
from keras_ceb._src.notices import warn
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.fgsm import FGSM
from keras_ceb._src.typing import Logs
from keras_ceb._src.validation import finite_number


class CatastrophicOverfitting(RobustValidation):
    """Stops adversarial training when it fits only one-step attacks.

    Training against one gradient step, as `FastTraining` does, can fail from
    one epoch to the next: the model learns to withstand that step alone, its
    accuracy under one-step attacks rises, and that under attacks with several
    steps falls to zero. The loss and the training accuracy do not show it.

    After each epoch this callback measures the accuracy under `attack` and
    under `FGSM` in the same ball, and adds both to the logs, as
    `val_robust_accuracy` and `val_one_step_accuracy`. Training stops if
    the first falls by `drop` below its best value and the second does not
    fall with it: the difference between them has grown by `drop` as well. A
    warning says so, and the weights and the optimizer's variables are restored
    to those of the best epoch, or of the start of training if no epoch was
    better. They are kept in host memory. A run in which both accuracies fall,
    for instance because the learning rate is too high, is left alone.

    It does all that `RobustValidation` does; use one or the other.

    Args:
        data: See `RobustValidation`.
        attack: See `RobustValidation`; it must take several steps.
        drop: Fall of the accuracy under attack at which to stop, between 0
            and 1. The authors of FGSM-RS use 0.2.
        every: Epochs from one measurement to the next, see
            `RobustValidation`.
        num_images: See `RobustValidation`.
        bounds: See `RobustValidation`.
        from_logits: See `RobustValidation`.
        batch_size: See `RobustValidation`.

    Attributes:
        best_epoch: Epoch of the best accuracy under attack, -1 for the start.
        stopped_epoch: Epoch after which training was stopped, or `None`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid; from `fit`, see
            `RobustValidation`.

    Example:

    ```python
    model.compile(
        "sgd",
        adversary=keras_ceb.adversarial.FastTraining("linf", eps=8 / 255),
    )
    guard = keras_ceb.callbacks.CatastrophicOverfitting((x_val, y_val))
    model.fit(train, epochs=30, callbacks=[guard])
    ```

    Reference: [Wong et al., 2020](https://arxiv.org/abs/2001.03994).
    """

    adds_logs = ("val_robust_accuracy", "val_one_step_accuracy")

    def __init__(
        self,
        data: Any,
        attack: Attack | Sequence[Attack] | None = None,
        *,
        drop: float = 0.2,
        every: int = 1,
        num_images: int = 256,
        bounds: tuple[float, float] | None = None,
        from_logits: bool = True,
        batch_size: int = 128,
    ):
        super().__init__(
            data,
            attack,
            every=every,
            num_images=num_images,
            bounds=bounds,
            from_logits=from_logits,
            batch_size=batch_size,
        )
        self.drop = finite_number(drop, "drop", minimum=0.0, maximum=1.0)
        self.best_epoch = -1
        self.stopped_epoch: int | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        super().on_train_begin(logs)
        self._one_step = FGSM(self._attack.norm, self._attack.eps)
        self.stopped_epoch = None
        backend.sync_state(self.model)
        self._keep(-1, self._measure())

    def _measure(self) -> Logs:
        return {
            **super()._measure(),
            "val_one_step_accuracy": self._accuracy_under(self._one_step),
        }

    def _on_measured(self, epoch: int, measured: Logs) -> None:
        if is_overfitting(measured, self._best, self.drop):
            self._restore()
            self.model.stop_training = True
            self.stopped_epoch = epoch
            warn(self._notice(measured))
        elif (
            measured["val_robust_accuracy"] > self._best["val_robust_accuracy"]
        ):
            self._keep(epoch, measured)

    def _keep(self, epoch: int, measured: Logs) -> None:
        self.best_epoch = epoch
        self._best = measured
        self._weights = self.model.get_weights()
        self._optimizer = [
            np.array(keras.ops.convert_to_numpy(variable))
            for variable in self.model.optimizer.variables
        ]

    def _restore(self) -> None:
        self.model.set_weights(self._weights)
        for variable, value in zip(
            self.model.optimizer.variables, self._optimizer, strict=True
        ):
            variable.assign(value)

    def _notice(self, measured: Logs) -> str:
        robust, one_step = (
            f"{self._best[name]:.3g} to {measured[name]:.3g}"
            for name in self.adds_logs
        )
        best = "the start of `fit`"
        if self.best_epoch >= 0:
            best = f"epoch {self.best_epoch + 1}"
        return (
            f"Catastrophic overfitting: since {best} the accuracy under "
            f"{self._attack.name} went from {robust}, and that under FGSM "
            f"from {one_step}. Training stopped, with the "
            "weights and the state of the optimizer from then. Use "
            "`FastTraining(noise='unclipped')`, a smaller `step_size`, a lower "
            "learning rate, or `PGDTraining`."
        )


def is_overfitting(measured: Logs, best: Logs, drop: float) -> bool:
    """Whether only the accuracy under several steps has fallen.

    Args:
        measured: The accuracies `val_robust_accuracy` and
            `val_one_step_accuracy` now.
        best: The same at the best epoch before.
        drop: Fall of the one, and rise of the difference, at which it is so.
    """
    fall, one_step_fall = (
        best[name] - measured[name]
        for name in CatastrophicOverfitting.adds_logs
    )
    return bool(fall > 0 and min(fall, fall - one_step_fall) >= drop)
