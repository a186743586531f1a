"""A certificate is of one function, not of draws of a random one."""

import numpy as np

from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of

# The rounding errors of kernels that add in any order.
_TOLERANCE = 1e-4


def check_deterministic(classifier: Classifier, x: np.ndarray) -> None:
    """Raises an error if the model draws random numbers at test time.

    Args:
        classifier: `Classifier`.
        x: `[n, ...]` float32 images.

    Raises:
        ValueError: If two passes give other logits.
    """
    x = x[: classifier.batch_size]
    first, second = (logits_of(classifier, x, seed=seed) for seed in (0, 1))
    change = float(np.abs(first - second).max())
    if change > _TOLERANCE * max(float(np.ptp(first)), 1.0):
        raise ValueError(
            "`model` must be deterministic at test time for a certificate, "
            "which is of one function: remove the layers that draw random "
            "numbers, or that ignore `training=False`. Received: two passes "
            f"over the same images whose logits differ by {change:.3g}"
        )
