"""A callback that measures the accuracy under attack after each epoch."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src import backend
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import one_attack
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.robustness.robust_accuracy import robust_accuracy
from keras_ceb._src.typing import Logs
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

_DEFAULT_STEPS = 10


class RobustValidation(keras.callbacks.Callback):
    """Adds the accuracy under attack to the logs, as `val_robust_accuracy`.

    Callbacks that follow in the list can monitor it: pass
    `monitor="val_robust_accuracy", mode="max"` to `ModelCheckpoint` or
    `EarlyStopping`. A callback that comes before this one in the list would
    look for the value before it is there; the `fit` of a wrapped model raises
    an error that says so.

    The attack is compiled in the first epoch and not again. It uses the same
    images and random numbers each time, so that epochs can be compared. On
    epochs without a measurement the logs repeat the last value, which
    `ModelCheckpoint(save_best_only=True)` does not take for an improvement;
    the patience of `EarlyStopping` counts those epochs too. If the loss is
    not finite, nothing is measured.

    The callback works with any Keras classifier that `Classifier` takes.

    Args:
        data: Tuple `(x, y)` of arrays, or an iterable of such batches, see
            `robust_accuracy`. The images are read once, when training begins.
        attack: `Attack`, or a sequence of them. `None` takes `PGD` with 10
            steps, with the norm and radius of the model's adversary.
        every: Epochs from one measurement to the next. The first and the last
            epoch of a `fit` always have one.
        num_images: Number of images to measure on, the first of `data`.
        bounds: Pair of numbers, the range of the inputs. `None` takes that of
            the model's adversary, or 0..1 if there is none.
        from_logits: Whether the model returns logits, see `Classifier`.
        batch_size: Number of images per call of the model.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid; from `fit`, if `attack` is
            `None` and the model has no adversary, or the attack does not fit
            the model or the data.

    Example:

    ```python
    model.compile(
        "sgd",
        adversary=keras_ceb.adversarial.FastTraining("linf", eps=8 / 255),
    )
    model.fit(
        train,
        callbacks=[
            keras_ceb.callbacks.RobustValidation((x_val, y_val)),
            keras.callbacks.ModelCheckpoint(
                "best.keras",
                monitor="val_robust_accuracy",
                mode="max",
                save_best_only=True,
            ),
        ],
    )
    ```
    """

    # What it adds to the logs: `fit` checks that nothing before it in the list
    # monitors one of these.
    adds_logs: tuple[str, ...] = ("val_robust_accuracy",)

    def __init__(
        self,
        data: Any,
        attack: Attack | Sequence[Attack] | None = None,
        *,
        every: int = 1,
        num_images: int = 256,
        bounds: tuple[float, float] | None = None,
        from_logits: bool = True,
        batch_size: int = 128,
    ):
        super().__init__()
        data_checks.check(data)
        self.every = positive_integer(every, "every")
        self.num_images = positive_integer(num_images, "num_images")
        self.batch_size = positive_integer(batch_size, "batch_size")
        self.from_logits = boolean(from_logits, "from_logits")
        self.bounds = None if bounds is None else checks.check_bounds(bounds)
        self.attack = None if attack is None else one_attack(attack)
        self._data = data
        self._images: data_lib.Pair | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        if self._images is None:
            # A generator can be read only once.
            self._images = next(data_lib.batches(self._data, self.num_images))
        adversary = getattr(self.model, "adversary", None)
        bounds = self.bounds
        if bounds is None:
            bounds = (0.0, 1.0) if adversary is None else adversary.bounds
        self._classifier = Classifier(
            self.model,
            bounds,
            self.from_logits,
            min(self.batch_size, len(self._images[0])),
        )
        self._attack = self.attack or _default_attack(adversary)
        check_before_reading(self._classifier, self._images, [self._attack])
        self._first_epoch: int | None = None
        self._last_logs = dict.fromkeys(self.adds_logs, np.nan)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        if self._is_due(epoch) and np.isfinite(logs.get("loss", 0.0)):
            backend.sync_state(self.model)
            self._last_logs = self._measure()
            self._on_measured(epoch, self._last_logs)
        logs.update(self._last_logs)

    def _is_due(self, epoch: int) -> bool:
        if self._first_epoch is None:
            self._first_epoch = epoch
        last = epoch + 1 == self.params.get("epochs")
        return last or (epoch - self._first_epoch) % self.every == 0

    def _measure(self) -> Logs:
        """What to add to the logs, for the weights as they are."""
        return {"val_robust_accuracy": self._accuracy_under(self._attack)}

    def _on_measured(self, epoch: int, measured: Logs) -> None:
        """Called after each measurement of an epoch."""

    def _accuracy_under(self, attack: Attack) -> float:
        return robust_accuracy(
            self._classifier, self._images, attack, verbose=0
        ).accuracy


def _default_attack(adversary: Any) -> Attack:
    if adversary is None:
        raise ValueError(
            "`attack` must be given for a model that is compiled without an "
            "adversary, whose norm and radius the default attack would take: "
            "`RobustValidation(data, attacks.PGD('linf', eps=8 / 255, "
            "steps=10))`. Received: attack=None"
        )
    return PGD(adversary.norm, adversary.eps, _DEFAULT_STEPS)
