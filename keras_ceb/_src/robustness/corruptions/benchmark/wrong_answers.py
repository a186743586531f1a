"""Counts the wrong answers of a classifier on 8-bit images."""

import numpy as np

from keras_ceb._src.robustness import checks
from keras_ceb._src.robustness import classifier as classifiers
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.data_checks import NAMES


def to_levels(
    classifier: Classifier, x: np.ndarray, first: int = 0
) -> np.ndarray:
    """Checks a batch of images and rounds them to 8 bits.

    Args:
        classifier: `Classifier`.
        x: `[batch, ...]` images: uint8, or within the bounds of `classifier`.
        first: Index of the first image in its data set.

    Returns:
        `[batch, ...]` uint8 array.
    """
    if x.dtype == np.uint8:
        model_shape = getattr(classifier.model, "input_shape", None)
        checks.check_shape(x, model_shape, NAMES[0])
        return x
    x = classifiers.check_images(classifier, x, NAMES[0], first)
    low, high = classifier.bounds
    return np.rint((x - low) * (255 / (high - low))).astype("uint8")


def count_wrong(
    classifier: Classifier, levels: np.ndarray, y: np.ndarray, first: int = 0
) -> int:
    """How many of the first `len(y)` images are misclassified.

    Args:
        classifier: `Classifier`.
        levels: uint8 images, the last ones of which may be padding.
        y: Labels, integers or one-hot.
        first: Index of the first image in its data set.
    """
    low, high = classifier.bounds
    x = levels.astype("float32") * ((high - low) / 255) + low
    x = x.astype("float32")
    num_classes = classifiers.count_classes(classifier, x)
    labels = checks.check_labels(y, len(y), num_classes, NAMES[1])
    logits = classifiers.logits_of(classifier, x, check=False)[: len(y)]
    checks.check_logits(logits, first + np.arange(len(y)))
    return int((logits.argmax(axis=1) != labels).sum())
