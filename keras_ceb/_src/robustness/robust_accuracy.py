"""Accuracy under attack, over a data set of any size."""

import dataclasses
import pathlib
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import arguments
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.attacks.arguments import check_attacks
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.attack import prepare
from keras_ceb._src.robustness.attacks.ensemble import Ensemble
from keras_ceb._src.robustness.attacks.names import distinct_names
from keras_ceb._src.robustness.attacks.pursuit import Run
from keras_ceb._src.robustness.attacks.pursuit import pursue
from keras_ceb._src.robustness.audit.probes import logits_of
from keras_ceb._src.robustness.findings import Example
from keras_ceb._src.robustness.findings import Findings
from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.saving.paths import file_to_write
from keras_ceb._src.validation import any_number
from keras_ceb._src.validation import boolean
from keras_ceb._src.validation import positive_integer

# Survivors of several batches are put together to full batches. This many
# batches are held at a time, fewer if the images are large.
_BATCHES_HELD = 8
_BYTES_HELD = 2**26


@dataclasses.dataclass
class RobustAccuracy:
    """Accuracy without and under attack, over the same images.

    Attributes:
        attack: What was run, as `attack.get_config()` gives it.
        clean: `[n]` booleans, which images are right without attack.
        robust: `[n]` booleans, which images are right under every attack.
        after: For each attack in its turn, the accuracy left after it, by
            name. Attacks of one name are told apart by the settings in which
            they differ: `PGD-20 (loss margin)`.
        examples: Some of the fooled images, the most confidently wrong first.
        confidence: The confidence of `interval`.
    """

    attack: dict[str, Any]
    clean: np.ndarray
    robust: np.ndarray
    after: dict[str, float]
    examples: list[Example] = dataclasses.field(default_factory=list)
    confidence: float = 0.95

    @property
    def clean_accuracy(self) -> float:
        return float(np.mean(self.clean))

    @property
    def accuracy(self) -> float:
        """The robust accuracy: the share of images right under attack."""
        return float(np.mean(self.robust))

    @property
    def interval(self) -> tuple[float, float]:
        """The Wilson confidence interval of `accuracy`."""
        return wilson(int(self.robust.sum()), len(self.robust), self.confidence)

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.accuracy:.4f} under {self.attack['name']}, "
            f"{self.confidence:.0%} interval {low:.4f} to {high:.4f}; "
            f"{self.clean_accuracy:.4f} without attack; "
            f"{len(self.robust)} images"
        )


def robust_accuracy(
    model: keras.Model,
    data: Any,
    attack: Attack | Sequence[Attack],
    *,
    batch_size: int = 128,
    from_logits: bool = True,
    num_examples: int = 0,
    confidence: float = 0.95,
    checkpoint: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> RobustAccuracy:
    """Measures the accuracy of a classifier under attack.

    The data set is streamed. Images that are wrong without attack are not
    attacked, and an image is left alone once it is fooled: the batches fill
    up with images that still stand. With several attacks an image counts as
    robust only if all of them fail on it.

    Args:
        model: Keras model that maps images to logits: `[batch, num_classes]`,
            or `[batch, 1]` for two classes. One whose `Input` is of an integer
            dtype is measured as if it took floats.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches:
            `tf.data.Dataset`, `keras.utils.PyDataset`, generator. Labels are
            integers, or one-hot; sample weights are left out.
        attack: `Attack`, or a sequence of attacks in the same ball, no two
            of them alike.
        batch_size: How many images the model sees at a time.
        from_logits: Whether `model` returns logits; `False` takes the
            logarithm of probabilities.
        num_examples: How many fooled images to keep in the result.
        confidence: Confidence of the interval, between 0 and 1.
        checkpoint: File (.npz) for the result so far. If it exists, the call
            goes on where the one that wrote it was stopped; `data` and
            `attack` must be the same.
        verbose: 1 shows a progress bar, 0 does not.

    Returns:
        `RobustAccuracy`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is not possible, an attack is no match for
            `model` or `data`, the outputs of `model` prove that `from_logits`
            is wrong, or it casts its inputs to integers, so that no gradient
            reaches them. As far as it can be known, this is checked before
            the first image is read.

    Example:

    ```python
    result = robust_accuracy(model, test, AutoAttack("linf", eps=8 / 255))
    print(result.accuracy, result.interval)
    ```
    """
    attacks = check_attacks(attack, "attack")
    if not isinstance(attack, Attack):
        if not attacks:
            raise ValueError(
                "`attack` must hold at least one attack. Received: attack=[]"
            )
        attack = Ensemble(attacks)
    batch_size = positive_integer(batch_size, "batch_size")
    boolean(from_logits, "from_logits")
    num_examples = positive_integer(num_examples, "num_examples", minimum=0)
    if not 0 < any_number(confidence, "confidence") < 1:
        raise ValueError(
            "`confidence` must lie between 0 and 1. "
            f"Received: confidence={confidence}"
        )
    if checkpoint is not None:
        checkpoint = file_to_write(checkpoint, "checkpoint")
    data_lib.check(data, attack.bounds)
    classifier = ModelFunction(model, from_logits)
    shape = arguments.known_shape(model, data)
    attack.check_fits(arguments.known_classes(model, shape), shape)
    progress = _Progress(data_lib.num_images(data), verbose)
    found = Findings(attack.get_config(), num_examples, checkpoint is not None)
    if checkpoint is not None:
        found.restore(checkpoint)
    seen = 0
    for held, num_classes in _held_batches(
        classifier, data, attack, batch_size
    ):
        seen += len(held["y"])
        held = found.unseen(held)
        if not len(held["y"]):
            continue
        right = _right(classifier, held, batch_size)
        state = _attack_held(
            attack,
            classifier,
            held,
            right,
            num_classes,
            batch_size,
            progress.part(seen),
        )
        found.add(held, right, state)
        if checkpoint is not None:
            found.save(checkpoint)
        progress(seen, found.accuracy)
    progress.end(seen)
    if found.num_images > seen:
        raise ValueError(
            "`data` must give the images of the call that wrote `checkpoint`. "
            f"Received: {seen} images, fewer than {found.num_images}"
        )
    return RobustAccuracy(
        found.config,
        found.clean,
        found.robust,
        {name: n / seen for name, n in found.after.items()},
        found.examples,
        confidence,
    )


def _held_batches(classifier, data, attack, batch_size):
    """Checked batches, several put together, with their numbers."""
    seen = 0
    size = None
    stream = data_lib.batches(data, batch_size)
    parts: list[dict[str, np.ndarray]] = []
    for x, y in stream:
        index = np.arange(seen, seen + len(x))
        part, num_classes = prepare(
            classifier, x, y, attack.bounds, index, names=data_lib.NAMES
        )
        if not seen:
            data_lib.check_labels(data, num_classes)
        attack.check_fits(num_classes, part["x"].shape[1:])
        seen += len(x)
        parts.append(part)
        if size is None:
            held = _BYTES_HELD // max(part["x"].nbytes, 1)
            size = max(1, min(_BATCHES_HELD, held))
        if len(parts) == size:
            yield _joined(parts), num_classes
            parts = []
    if parts:
        yield _joined(parts), num_classes


def _joined(parts):
    return {k: np.concatenate([p[k] for p in parts]) for k in parts[0]}


def _right(classifier, held, batch_size) -> np.ndarray:
    """Which images the model gets right without attack."""
    x = held["x"]
    right = []
    for first in range(0, len(x), batch_size):
        part = slice(first, first + batch_size)
        # A short batch repeats its last image, so as not to compile again.
        take = np.minimum(np.arange(first, first + batch_size), len(x) - 1)
        logits = logits_of(classifier, x[take])[: len(x[part])]
        checks.check_logits(logits, held["index"][part])
        right.append(logits.argmax(axis=1) == held["y"][part])
    return np.concatenate(right)


def _attack_held(
    attack: Attack,
    classifier: ModelFunction,
    held: dict[str, np.ndarray],
    right: np.ndarray,
    num_classes: int,
    batch_size: int,
    on_progress: Callable[[int], None],
) -> dict[str, Any]:
    """Runs an attack on the images that are right, until they fall."""
    stands = right.copy()
    adversarial = held["x"].copy()
    loss = np.zeros(len(right), "float32")
    runs = attack.runs(num_classes)
    names = _names(runs)
    after: dict[str, int] = {}
    for run, name in zip(runs, names, strict=True):
        active = np.flatnonzero(stands)
        if len(active):
            found = pursue(
                run,
                classifier,
                {k: v[active] for k, v in held.items()},
                batch_size,
                on_progress=on_progress,
            )
            fallen = active[found["fooled"]]
            adversarial[fallen] = found["best"][found["fooled"]]
            loss[fallen] = found["best_loss"][found["fooled"]]
            stands[fallen] = False
        after[name] = int(stands.sum())
    return {"stands": stands, "x": adversarial, "loss": loss, "after": after}


def _names(runs: Sequence[Run]) -> list[str]:
    """For each run the name of its attack, unlike that of any other."""
    attacks = {id(run.attack): run.attack for run in runs}
    configs = [attack.get_config() for attack in attacks.values()]
    names = dict(zip(attacks, distinct_names(configs), strict=True))
    return [names[id(run.attack)] for run in runs]


class _Progress:
    """A progress bar over images; one that stands is not done yet."""

    def __init__(self, target: int | None, verbose: int):
        self._bar = keras.utils.Progbar(
            target, verbose=verbose, unit_name="image"
        )
        self._done = 0

    def part(self, stop: int) -> Callable[[int], None]:
        """A callback for images up to number `stop`, of which some stand."""
        return lambda standing: self(stop - standing)

    def __call__(self, done: int, accuracy: float | None = None) -> None:
        # Between two runs the number of standing images can look larger.
        self._done = max(self._done, done)
        values = [] if accuracy is None else [("robust_accuracy", accuracy)]
        self._bar.stateful_metrics.add("robust_accuracy")
        if self._done:
            self._bar.update(self._done, values, finalize=False)

    def end(self, done: int) -> None:
        self._bar.update(done, finalize=True)
