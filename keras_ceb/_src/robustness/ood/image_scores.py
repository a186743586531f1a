"""The scores that a classifier has, for a batch of images."""

import numpy as np

from keras_ceb._src.robustness import padding
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.float_inputs import float_inputs
from keras_ceb._src.robustness.ood import scores


def scores_of(
    classifier: Classifier, x: np.ndarray, logits: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores of images by name, larger for images less like the training data.

    Energy and maximum logit are of models that return logits, as logarithms of
    probabilities have the energy 0. A model whose method `ood_score(x)`
    returns a number per image, and whose `has_bottleneck` is not false, has
    the score of that name.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images.
        logits: Their logits, `[n, num_classes]`.
    """
    found = {"max_softmax": scores.max_softmax(logits)}
    if classifier.from_logits:
        found["energy"] = scores.energy(logits)
        found["max_logit"] = scores.max_logit(logits)
    model = classifier.model
    measure = getattr(model, "ood_score", None)
    if callable(measure) and getattr(model, "has_bottleneck", True):
        with float_inputs(model):
            found["ood_score"] = padding.map_batches(
                measure, x, classifier.batch_size
            ).astype("float64")
    return found
