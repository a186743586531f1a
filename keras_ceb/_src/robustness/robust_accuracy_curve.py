"""Accuracy under one attack at several radii, in one pass over the data."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.attack_progress import AttackProgress
from keras_ceb._src.robustness.attack_progress import Work
from keras_ceb._src.robustness.attack_progress import title_of
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import one_attack
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.held_batches import held_batches
from keras_ceb._src.robustness.held_batches import right_without_attack
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.robust_accuracy import attack_held
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.robustness.unfinished import Unfinished
from keras_ceb._src.saving.paths import folder_to_write


def robust_accuracy_curve(
    model: keras.Model | Classifier,
    data: Any,
    attack: Attack | Sequence[Attack],
    *,
    eps: Sequence[float],
    checkpoint_dir: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> list[RobustAccuracy]:
    """Measures the accuracy of a classifier under attack at several radii.

    As `robust_accuracy` at each radius, but the data is read once, and an
    image that is misclassified at a radius counts as misclassified at every
    larger one, whose ball contains its adversarial example: it is not
    attacked again, and the curve cannot rise. Images that withstand PGD or
    APGD are attacked once more, from the strongest point at the radius before,
    so that none withstands which `robust_accuracy` misleads.

    Args:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches, see
            `robust_accuracy`.
        attack: `Attack`, or a sequence of different attacks in the same
            ball. Its own radius has no effect.
        eps: Radii in ascending order, in the units of the classifier's range.
        checkpoint_dir: Folder for intermediate results, from which the next
            call resumes after an interruption, with the same figures.
        verbose: 1 shows progress, 0 does not.

    Returns:
        A `RobustAccuracy` per radius, in their order.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, or the attack does not fit
            `model` or `data`; see `robust_accuracy`.

    Example:

    ```python
    radii = [1 / 255, 2 / 255, 4 / 255, 8 / 255]
    for result in robust_accuracy_curve(model, test, PGD("linf"), eps=radii):
        print(result)
    ```
    """
    attack = one_attack(attack)
    classifier = as_classifier(model)
    growing = [attack.with_radius(radius) for radius in check_ascending(eps)]
    folder = None
    if checkpoint_dir is not None:
        folder = folder_to_write(checkpoint_dir, "checkpoint_dir")
    check_before_reading(classifier, data, growing)
    records = [{**a.describe(), "bounds": classifier.bounds} for a in growing]
    found = [Findings(record, known=folder is not None) for record in records]
    paths: list[pathlib.Path] = []
    if folder is not None:
        settings = json.dumps(records, sort_keys=True, default=str)
        key = hashlib.sha256(settings.encode()).hexdigest()[:16]
        paths = [folder / f"{key}-{k}.npz" for k in range(len(growing))]
    progress = None
    if verbose:
        num_images = data_lib.num_images(data)
        work = None if num_images is None else Work(num_images)
        title = title_of(growing, classifier.bounds)
        progress = AttackProgress(title, 1 / len(growing), work)
    return measure_curve(classifier, data, growing, found, paths, progress)


def _begin_there(runs: Sequence[Run]) -> list[Run]:
    """For each attack that can, a further run from the points given to it."""
    first = {id(run.attack): run for run in runs if run.attack.begins}
    return [dataclasses.replace(run, begins=True) for run in first.values()]


def check_ascending(eps: Any) -> list[float]:
    """Radii as floats, if each is larger than the one before."""
    if isinstance(eps, str) or np.ndim(eps) != 1 or not len(eps):
        raise ValueError(
            "`eps` must be a sequence of radii, at least one. "
            f"Received: eps={eps!r}"
        )
    radii = [checks.check_radius(radius) for radius in eps]
    if any(b <= a for a, b in zip(radii, radii[1:], strict=False)):
        raise ValueError(
            "`eps` must be in ascending order, without repetitions. "
            f"Received: eps={radii}"
        )
    return radii


def measure_curve(
    classifier: Classifier,
    data: Any,
    attacks: Sequence[Attack],
    found: Sequence[Findings],
    paths: Sequence[pathlib.Path],
    progress: AttackProgress | None = None,
    clean: np.ndarray | None = None,
) -> list[RobustAccuracy]:
    """`robust_accuracy_curve` with checked arguments.

    Args:
        classifier: `Classifier`.
        data: See `robust_accuracy`.
        attacks: One attack at ascending radii.
        found: Empty `Findings`, one per attack.
        paths: Where to save them, one per attack, or none at all.
        progress: What to tell, or `None` for nothing; its cost is that of one
            radius.
        clean: `[n]` booleans, which images of `data` are classified
            correctly without attack, or `None` if not known.
    """
    for findings, path in zip(found, paths, strict=False):
        findings.restore(path)
    unfinished: list[Unfinished] = []
    seen = 0
    for held, num_classes in held_batches(classifier, data, attacks[-1]):
        rows = held["index"]
        if paths and not seen:
            model = model_digest(classifier.model)
            for findings in found:
                findings.check_model(model)
            unfinished = [Unfinished(path, model) for path in paths]
        seen += len(rows)
        left = [findings.unseen(held)["index"] for findings in found]
        if progress is not None:
            for one in left:
                progress.skip(len(rows) - len(one))
        if not len(left[-1]):
            continue
        if clean is None:
            right = right_without_attack(classifier, held)
        else:
            right = clean[rows]
        robust, best = right, None
        # The adversarial examples so far, which larger radii contain.
        known: dict[str, np.ndarray] = {
            "misled": np.zeros(len(rows), bool),
            "x": held["x"].copy(),
            "loss": np.zeros(len(rows), "float32"),
        }
        for k, (attack, findings) in enumerate(
            zip(attacks, found, strict=True)
        ):
            if k:
                robust = found[k - 1].result.robust[rows]
            runs = attack.runs(num_classes)
            if best is not None:
                runs = runs + _begin_there(runs)
                held["begin"] = best
            new = np.isin(rows, left[k])
            points = held["x"].copy()
            # The points are in no findings: images without results at the
            # largest radius need those of the smaller ones again, which are
            # mostly in the file of unfinished runs.
            again = np.isin(rows, left[-1]) & ~new
            again &= any(run.attack.begins for run in runs)
            for part, told in ((again, None), (new, progress)):
                if not part.any():
                    continue
                some = {key: value[part] for key, value in held.items()}
                state = attack_held(
                    runs,
                    classifier,
                    some,
                    robust[part],
                    told,
                    unfinished[k] if paths else None,
                )
                points[part] = state["best"]
                where = np.flatnonzero(part)[state["misled"]]
                for key, values in known.items():
                    values[where] = state[key][state["misled"]]
                if part is new:
                    mine = {key: value[part] for key, value in known.items()}
                    findings.add(some, right[part], {**state, **mine})
            if paths and new.any():
                findings.save(paths[k])
            best = points
    for one in unfinished:
        one.remove()
    for findings in found:
        findings.check_complete(seen)
    if progress is not None:
        progress.end(found[-1].result.accuracy, seen)
    return [findings.result for findings in found]
