"""The smallest adversarial distances, over a data set of any size."""

import pathlib
from typing import Any

import keras
import numpy as np

from keras_ceb._src.robustness import data as data_lib
from keras_ceb._src.robustness.attacks.minimum_norm import MinimumNorm
from keras_ceb._src.robustness.attacks.run import Run
from keras_ceb._src.robustness.attacks.runner import run_attack
from keras_ceb._src.robustness.checkpoint import Checkpoint
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import as_classifier
from keras_ceb._src.robustness.distances import Distances
from keras_ceb._src.robustness.held_batches import held_batches
from keras_ceb._src.robustness.held_batches import right_without_attack
from keras_ceb._src.robustness.model_digest import model_digest
from keras_ceb._src.robustness.progress import Progress
from keras_ceb._src.robustness.robust_accuracy import check_before_reading
from keras_ceb._src.saving.paths import file_to_write


def minimal_distance(
    model: keras.Model | Classifier,
    data: Any,
    attack: MinimumNorm,
    *,
    checkpoint: str | pathlib.Path | None = None,
    verbose: int = 1,
) -> Distances:
    """Measures how far each image is from a misclassified point.

    One run gives the accuracy at every radius. The data set is streamed, and
    images that are misclassified without attack are not attacked.

    Args:
        model: `Classifier`, or a Keras model that returns logits for inputs
            in 0..1.
        data: Tuple `(x, y)` of arrays, or an iterable of such batches, see
            `robust_accuracy`.
        attack: `FMN` or `DDN`. Its `eps` has no effect.
        checkpoint: File (.npz) for intermediate results. If it exists, the
            call resumes where the one that wrote it stopped; `model`, `data`,
            `attack` and the range of the inputs must be the same.
        verbose: 1 shows a progress bar, 0 does not.

    Returns:
        `Distances`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If an argument is invalid, or the attack does not fit
            `model` or `data`; see `robust_accuracy`.

    Example:

    ```python
    distances = minimal_distance(model, test, FMN("l2", steps=200))
    print(distances.median, distances.accuracy(0.5))
    ```
    """
    if not isinstance(attack, MinimumNorm):
        raise TypeError(
            "`attack` must be an attack that searches the closest "
            "misclassified point, `FMN` or `DDN`. "
            f"Received: attack={attack!r}"
        )
    path = None
    if checkpoint is not None:
        path = file_to_write(checkpoint, "checkpoint")
    classifier = as_classifier(model)
    check_before_reading(classifier, data, [attack])
    record = {**attack.describe(), "bounds": classifier.bounds}
    del record["eps"]
    found = Checkpoint(path, record, "minimal_distance")
    progress = Progress(data_lib.num_images(data), verbose)
    seen = 0
    for held, _ in held_batches(classifier, data, attack):
        if path is not None and not seen:
            found.check_model(model_digest(classifier.model))
        known = found.count_known(held["x"], held["y"], seen)
        seen += len(held["y"])
        held = {key: rows[known:] for key, rows in held.items()}
        if len(held["y"]):
            values = _distances(attack, classifier, held)
            found.add(held["x"], held["y"], values=values)
            found.save()
        progress(seen)
    progress.end(seen)
    found.check_complete(seen)
    return Distances(record, found.arrays["values"])


def _distances(
    attack: MinimumNorm, classifier: Classifier, held: dict[str, np.ndarray]
) -> np.ndarray:
    """The smallest distances of a batch, `[n]`."""
    right = right_without_attack(classifier, held)
    distances = np.zeros(len(right), "float32")
    if right.any():
        attack = attack.unlimited(classifier.bounds, held["x"].shape[1:])
        found = run_attack(
            Run(attack),
            classifier,
            {key: rows[right] for key, rows in held.items()},
            classifier.batch_size,
            drop_fooled=False,
        )
        # The loss of a misclassified point is minus its distance, and of an
        # image without any, minus infinity.
        distances[right] = -found["best_loss"]
    return distances
