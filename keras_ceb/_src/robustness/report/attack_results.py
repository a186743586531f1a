"""Runs the attacks of an evaluation, each where others have left off."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_ceb._src.robustness.attack_progress import AttackProgress
from keras_ceb._src.robustness.attack_progress import OverallProgress
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.report.plan import Plan
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.robust_accuracy import measure
from keras_ceb._src.robustness.robust_accuracy_curve import measure_curve

# How many adversarial examples a report shows.
_NUM_EXAMPLES = 6


class AttackResults:
    """The results of the attacks and the curves of a plan.

    The curves come first. An attack that is also a point of a curve is not run
    again. An attack that saves effort (`AutoAttack(version="fast")`) is not run
    on images that the curve of its norm has misled within its ball: they count
    as misclassified.

    Args:
        classifier: `Classifier`.
        data: See `evaluate_robustness`.
        plan: `Plan`.
        right: `[n]` booleans, which images of `data` are classified correctly
            without attack.
        num_classes: Number of classes.
        folder: Where to save intermediate results, or `None` for nowhere.
        marks: What identifies the model and the images.
        verbose: Whether to show progress.
    """

    def __init__(
        self,
        classifier: Classifier,
        data: Any,
        plan: Plan,
        right: np.ndarray,
        num_classes: int,
        folder: pathlib.Path | None,
        marks: str,
        verbose: int,
    ):
        self._classifier = classifier
        self._data = data
        self._plan = plan
        self._right = right
        self._num_classes = num_classes
        self._folder = folder
        self._marks = marks
        self._points = sum(plan.curves.values(), [])
        self._curves: dict[str, list[RobustAccuracy]] = {}
        self._progress = None
        if verbose:
            self._progress = OverallProgress(
                [
                    *(attacks for attacks in plan.curves.values() if attacks),
                    *([a] for a in plan.attacks if a not in self._points),
                ],
                classifier.bounds,
                len(right),
                num_classes,
            )

    def run_curves(self) -> dict[str, list[RobustAccuracy]]:
        """By norm, the results at ascending radii."""
        for norm, attacks in self._plan.curves.items():
            self._curves[norm] = self._run_curve(attacks) if attacks else []
        return self._curves

    def _run_curve(self, attacks: Sequence[Attack]) -> list[RobustAccuracy]:
        radii = [attack.eps for attack in attacks]
        paths = [self._path(attack, str(radii)) for attack in attacks]
        return measure_curve(
            self._classifier,
            self._data,
            attacks,
            [self._findings(attack) for attack in attacks],
            [path for path in paths if path is not None],
            self._begin(attacks),
            self._right,
        )

    def run_attacks(self) -> list[RobustAccuracy]:
        """The results of the attacks, in their order; after the curves."""
        attacks = self._plan.attacks
        names = distinct_names([attack.describe() for attack in attacks])
        found = [
            self._run_attack(attack, name)
            for attack, name in zip(attacks, names, strict=True)
        ]
        for result in [*found[1:], *sum(self._curves.values(), [])]:
            result.examples = []
        return found

    def _run_attack(self, attack: Attack, name: str) -> RobustAccuracy:
        inside = [
            result
            for result in self._curves.get(attack.norm, [])
            if result.attack["eps"] <= attack.eps
        ]
        if attack in self._points:
            return dataclasses.replace(inside[-1])
        runs = attack.runs(self._num_classes)
        if not any(run.saves_effort for run in runs):
            inside = []
        # Another curve leaves other images.
        radii = [result.attack["eps"] for result in inside]
        result = measure(
            self._classifier,
            self._data,
            attack,
            self._findings(attack),
            self._path(attack, str(radii) if radii else ""),
            self._begin([attack], name),
            self._right,
            inside[-1].robust if inside else None,
        )
        if inside:
            _add_before(result, inside[-1])
        return result

    def _begin(
        self, attacks: Sequence[Attack], name: str | None = None
    ) -> AttackProgress | None:
        if self._progress is None:
            return None
        return self._progress.begin(attacks, name)

    def _record(self, attack: Attack) -> dict[str, Any]:
        return {**attack.describe(), "bounds": self._classifier.bounds}

    def _findings(self, attack: Attack) -> Findings:
        # A report shows examples of its first attack, which may be those of
        # the curve of that norm.
        shown = any(a.norm == attack.norm for a in self._plan.attacks[:1])
        return Findings(
            self._record(attack),
            _NUM_EXAMPLES if shown else 0,
            known=self._folder is not None,
        )

    def _path(self, attack: Attack, further: str) -> pathlib.Path | None:
        marks = self._marks + further
        return checkpoint(self._folder, self._record(attack), marks)


def _add_before(result: RobustAccuracy, point: RobustAccuracy) -> None:
    """Adds what the point of the curve has found to the result of an attack."""
    name = f"{point.attack['name']} of the curve"
    result.after = {name: point.accuracy, **result.after}
    examples = [*result.examples, *point.examples]
    examples.sort(key=lambda example: (-example.loss, example.index))
    result.examples = examples[:_NUM_EXAMPLES]


def checkpoint(
    folder: pathlib.Path | None, record: dict[str, Any], marks: str
) -> pathlib.Path | None:
    """The file of an attack on this model and these images."""
    if folder is None:
        return None
    settings = json.dumps(record, sort_keys=True, default=str)
    key = hashlib.sha256((settings + marks).encode()).hexdigest()
    return folder / f"{key[:16]}.npz"
