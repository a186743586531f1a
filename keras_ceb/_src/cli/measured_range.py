"""Finds the input range of a model by its accuracy."""

import keras
import numpy as np

from keras_ceb._src.data.pipeline.scaling import scale_pixels
from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness.input_range import RANGES
from keras_ceb._src.robustness.report.comparison import mcnemar
from keras_ceb.robustness import Classifier


def measured_range(
    model: keras.Model,
    pixels: np.ndarray,
    labels: np.ndarray,
    *,
    from_logits: bool = True,
    batch_size: int = 128,
) -> tuple[tuple[float, float] | None, dict[tuple[float, float], float]]:
    """Compares the accuracy of a model on pixels in each common range.

    Args:
        model: Keras model.
        pixels: `[n, ...]` values in 0..255.
        labels: `[n]` classes.
        from_logits: Whether `model` returns logits.
        batch_size: Images per call of the model.

    Returns:
        The range with a higher accuracy than every other (exact McNemar test,
        p < 0.05), or `None` if there is none; and the accuracy in each
        range.
    """
    right = {
        bounds: _right(
            Classifier(
                model, bounds, from_logits, batch_size, allow_chance=True
            ),
            pixels,
            labels,
        )
        for bounds in RANGES
    }
    accuracies = {bounds: float(r.mean()) for bounds, r in right.items()}
    best = max(right, key=lambda bounds: accuracies[bounds])
    for bounds, other in right.items():
        only_best = int((right[best] & ~other).sum())
        only_other = int((~right[best] & other).sum())
        if bounds != best and mcnemar(only_best, only_other) >= 0.05:
            return None, accuracies
    return best, accuracies


def _right(
    classifier: Classifier, pixels: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Which images are classified correctly in the classifier's range."""
    logits = classifier.predict(scale_pixels(pixels, classifier.bounds))
    labels = checks.check_labels(labels, len(pixels), logits.shape[1])
    right: np.ndarray = logits.argmax(axis=1) == labels
    return right
