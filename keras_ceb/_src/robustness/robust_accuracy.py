"""Accuracy under attack, over a data set of any size."""

import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness import data_checks
from keras_ceb._src.robustness.attack_progress import AttackProgress
from keras_ceb._src.robustness.attack_progress import Work
from keras_ceb._src.robustness.attack_progress import cost_of
from keras_ceb._src.robustness.attack_progress import title_of
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.ensemble import one_attack
from keras_ceb._src.robustness.attacks.executor import Executor
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.held_batches import held_batches
from keras_ceb._src.robustness.held_batches import right_without_attack
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb._src.robustness.result import RobustAccuracy
from keras_ceb._src.robustness.unfinished import Unfinished
from keras_ceb._src.saving.paths import file_to_write
from keras_ceb._src.validation import any_number
from keras_ceb._src.validation import positive_integer


def robust_accuracy(
    model: keras.Model | Classifier,
    data: Any,
    attack: Attack | Sequence[Attack],
    *,
    num_examples: int = 0,
    confidence: float = 0.95,
    checkpoint: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> RobustAccuracy:
    """Measures the accuracy of a classifier under attack.

    The data set is streamed. Images that are misclassified without attack are
    not attacked, and an image is no longer attacked once it is misclassified:
    the remaining images are regrouped into full batches. With several
    attacks, an image counts as robust only if all of them fail on it.

    Args:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches:
            `tf.data.Dataset`, `keras.utils.PyDataset`, PyTorch `DataLoader`,
            generator. Labels are integers, or one-hot; sample weights are
            ignored.
        attack: `Attack`, or a sequence of different attacks in the same
            ball.
        num_examples: Number of adversarial examples to keep in the result.
        confidence: Confidence of the interval, between 0 and 1.
        checkpoint: File (.npz) for intermediate results. If it exists, the
            call resumes where the one that wrote it stopped; `model`, `data`,
            `attack` and the range of the inputs must be the same. A second
            file beside it, NAME-runs.npz, holds what the attack has found on
            the images that it is at, every few seconds.
        verbose: 1 shows progress, 0 does not.

    Returns:
        `RobustAccuracy`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, an attack does not fit `model`
            or `data`, the outputs of `model` prove that `from_logits` is
            wrong, or the model casts its inputs to integers, so that no
            gradient reaches them. Where possible, this is checked before the
            first image is read.

    Example:

    ```python
    result = robust_accuracy(model, test, AutoAttack("linf", eps=8 / 255))
    print(result.accuracy, result.interval)
    ```
    """
    attack = one_attack(attack)
    num_examples = positive_integer(num_examples, "num_examples", minimum=0)
    if not 0 < any_number(confidence, "confidence") < 1:
        raise ValueError(
            "`confidence` must lie between 0 and 1. "
            f"Received: confidence={confidence}"
        )
    path = None
    if checkpoint is not None:
        path = file_to_write(checkpoint, "checkpoint")
    classifier = as_classifier(model)
    check_before_reading(classifier, data, [attack])
    record = {**attack.describe(), "bounds": classifier.bounds}
    found = Findings(record, num_examples, confidence, path is not None)
    num_images = data_lib.num_images(data)
    work = None if num_images is None else Work(num_images)
    title = title_of([attack], classifier.bounds)
    progress = AttackProgress(title, 1.0, work) if verbose else None
    return measure(classifier, data, attack, found, path, progress)


def check_before_reading(
    classifier: Classifier, data: Any, attacks: Sequence[Attack]
) -> None:
    """Raises an error if attacks do not fit, as far as known without reading.

    Args:
        classifier: `Classifier`.
        data: See `robust_accuracy`.
        attacks: The attacks to run.
    """
    shape = arguments.known_shape(classifier.model, data)
    num_classes = arguments.known_classes(classifier.model, shape)
    for attack in attacks:
        attack.check_fits(classifier.bounds, num_classes, shape)
    data_checks.check(data, classifier.bounds)


def measure(
    classifier: Classifier,
    data: Any,
    attack: Attack,
    found: Findings,
    path: pathlib.Path | None = None,
    progress: AttackProgress | None = None,
    clean: np.ndarray | None = None,
    left: np.ndarray | None = None,
) -> RobustAccuracy:
    """`robust_accuracy` with checked arguments.

    Args:
        classifier: `Classifier`.
        data: See `robust_accuracy`.
        attack: `Attack`.
        found: Empty `Findings`.
        path: Where to save them, or `None`.
        progress: What to tell, or `None` for nothing.
        clean: `[n]` booleans, which images of `data` are classified
            correctly without attack, or `None` if not known.
        left: `[n]` booleans, which of those images to attack; the others count
            as misclassified. `None` for all.
    """
    unfinished = None
    if path is not None:
        found.restore(path)
    seen = 0
    for held, num_classes in held_batches(classifier, data, attack):
        if path is not None and not seen:
            # It may not have been built until now.
            model = model_digest(classifier.model)
            found.check_model(model)
            unfinished = Unfinished(path, model)
        seen += len(held["y"])
        number = len(held["y"])
        held = found.unseen(held)
        if progress is not None:
            progress.skip(number - len(held["y"]))
        if not len(held["y"]):
            continue
        if clean is None:
            right = right_without_attack(classifier, held)
        else:
            right = clean[held["index"]]
        runs = attack.runs(num_classes)
        some = right if left is None else right & left[held["index"]]
        state = attack_held(runs, classifier, held, some, progress, unfinished)
        found.add(held, right, state)
        if path is not None:
            found.save(path)
    if unfinished is not None:
        unfinished.remove()
    found.check_complete(seen)
    if progress is not None:
        progress.end(found.result.accuracy, seen)
    return found.result


def attack_held(
    runs: Sequence[Run],
    classifier: Classifier,
    held: dict[str, np.ndarray],
    right: np.ndarray,
    progress: AttackProgress | None,
    unfinished: Unfinished | None = None,
) -> dict[str, Any]:
    """Attacks the images in `right`, each until it is misclassified.

    Args:
        runs: The runs of the attack.
        classifier: `Classifier`.
        held: The images, see `StepAttack`.
        right: `[n]` booleans, which of them to attack.
        progress: What to tell, or `None` for nothing.
        unfinished: Where to save what each run finds and to resume from, or
            `None` for nowhere.

    Returns:
        What `Findings.add` takes, and `best`, the points at which attacks
        that can begin there had the highest loss.
    """
    if progress is not None:
        progress.hold(len(right), cost_of(runs))
    state = {
        "robust": right.copy(),
        "x": held["x"].copy(),
        "loss": np.zeros(len(right), "float32"),
        "best": held["x"].copy(),
        "best_loss": np.full(len(right), -np.inf, "float32"),
        # How many images withstand each run.
        "after": np.zeros(0, "int64"),
    }
    executor = Executor(runs, classifier, held, classifier.batch_size)
    if unfinished is not None:
        saved = unfinished.restore(runs, held, right, classifier.bounds)
        state = {key: saved.get(key, value) for key, value in state.items()}
        executor.restore(saved)
    done = len(state["after"])
    names = _names(runs)
    steps = cost_of(runs[:done]) if done else 0.0
    for run, name in zip(runs[done:], names[done:], strict=True):
        active = np.flatnonzero(state["robust"])
        attacked = active[:0]
        if len(active):
            tell = None
            if progress is not None:
                tell = progress.of_run(name, run, steps)
            attacked, found = executor.execute(run, active, on_progress=tell)
        if len(attacked):
            _note(state, attacked, found, run.attack.begins)
        state["after"] = np.append(state["after"], state["robust"].sum())
        steps += cost_of([run])
        if unfinished is not None:
            unfinished.save({**state, **executor.state()})
    if progress is not None:
        progress.release()
    # Of the last run of each attack.
    after = dict(zip(names, state["after"].tolist(), strict=True))
    return {**state, "after": after, "misled": right & ~state["robust"]}


def _note(
    state: dict[str, np.ndarray],
    attacked: np.ndarray,
    found: dict[str, np.ndarray],
    begins: bool,
) -> None:
    """Adds what a run has found on some images to the state of all."""
    fooled = attacked[found["fooled"]]
    state["x"][fooled] = found["best"][found["fooled"]]
    state["loss"][fooled] = found["best_loss"][found["fooled"]]
    state["robust"][fooled] = False
    if begins:
        better = found["best_loss"] > state["best_loss"][attacked]
        state["best"][attacked[better]] = found["best"][better]
        state["best_loss"][attacked[better]] = found["best_loss"][better]


def _names(runs: Sequence[Run]) -> list[str]:
    """The name of the attack of each run, unique among the attacks."""
    attacks = {id(run.attack): run.attack for run in runs}
    records = [attack.describe() for attack in attacks.values()]
    names = dict(zip(attacks, distinct_names(records), strict=True))
    return [names[id(run.attack)] for run in runs]
