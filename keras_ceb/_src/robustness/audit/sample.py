"""Images, and what the checks of an audit measure on them."""

import functools
from typing import Any

import numpy as np

from keras_ceb._src.robustness.attacks.apgd import APGD
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.losses import classes_needed
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.robust_accuracy import measure


class Sample:
    """Images, and what several checks measure on them, computed once.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images within its bounds.
        y: `[n]` int32 labels.
        norm: The norm of the ball, `"linf"` or `"l2"`.
        eps: Its radius, in the units of the classifier's range.
    """

    def __init__(
        self,
        classifier: Classifier,
        x: np.ndarray,
        y: np.ndarray,
        norm: str,
        eps: float,
    ):
        self.classifier = classifier
        self.x, self.y = x, y
        self.norm, self.eps = norm, eps
        self._robust: dict[Attack, np.ndarray] = {}

    def run(self, attack: Attack, keep: np.ndarray | None = None) -> np.ndarray:
        """Which images (of those in `keep`) an attack fails on.

        What an attack does to all images is computed once.
        """
        if keep is not None:
            return self._measure(attack, keep)
        if attack not in self._robust:
            self._robust[attack] = self._measure(attack)
        return self._robust[attack]

    def _measure(
        self, attack: Attack, keep: np.ndarray | None = None
    ) -> np.ndarray:
        images = np.arange(len(self.y)) if keep is None else keep
        robust = np.zeros(len(self.y), bool)
        if len(images):
            data = self.x[images], self.y[images]
            found = Findings({})
            clean = self.right[images]
            measure(self.classifier, data, attack, found, clean=clean)
            robust[images] = found.result.robust
        return robust

    def pgd(
        self, eps: float | None = None, steps: int = 40, **settings: Any
    ) -> PGD:
        """PGD with a path of 2.5 eps, longer than the diameter of the ball."""
        eps = self.eps if eps is None else eps
        return PGD(
            self.norm,
            eps,
            steps,
            step_size=2.5 * eps / steps,
            **settings,
        )

    @functools.cached_property
    def logits(self) -> np.ndarray:
        """The logits without attack, `[n, num_classes]`."""
        return logits_of(self.classifier, self.x)

    @property
    def right(self) -> np.ndarray:
        """Which images are classified correctly without attack."""
        right: np.ndarray = self.logits.argmax(axis=1) == self.y
        return right

    @functools.cached_property
    def under_pgd(self) -> np.ndarray:
        """Which images are still classified correctly under PGD-40."""
        return self.run(self.pgd())

    @functools.cached_property
    def under_white_box(self) -> np.ndarray:
        """Which images the best gradient attacks fail on."""
        robust = self.under_pgd
        for loss in ("cross_entropy", "dlr"):
            if self.logits.shape[1] < classes_needed(loss):
                loss = "margin"
            if robust.any():
                attack = APGD(self.norm, self.eps, loss=loss)
                robust = self.run(attack, np.flatnonzero(robust))
        return robust
