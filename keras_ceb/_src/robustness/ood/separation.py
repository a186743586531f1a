"""How well one score separates two sets of images, with intervals."""

import dataclasses
from typing import Any

import numpy as np

from keras_ceb._src.robustness.ood import intervals
from keras_ceb._src.robustness.ood import ranking
from keras_ceb._src.validation import finite_number
from keras_ceb._src.validation import integer_seed
from keras_ceb._src.validation import positive_integer


@dataclasses.dataclass(frozen=True)
class Separation:
    """How well a score separates in- from out-of-distribution images.

    Out-of-distribution is the positive class. Each interval is a pair, the
    lower bound first.

    Attributes:
        auroc: Area under the receiver operating characteristic, see
            `keras_ceb.robustness.ood.auroc`.
        auroc_interval: DeLong's interval on the logit scale; where its
            variance is 0, as for sets that are separated perfectly, Wilson's
            for as many pairs as the smaller set has images.
        aupr: Average precision, see `keras_ceb.robustness.ood.aupr`.
        aupr_interval: From the standard error of a stratified bootstrap on
            the logit scale; for an AUPR of 1, Wilson's for `num_outside`.
        fpr: False positive rate at a true positive rate, see
            `keras_ceb.robustness.ood.fpr_at_tpr`.
        fpr_interval: Percentiles of the same bootstrap, extended to cover
            Wilson's interval at the threshold that was found.
        num_inside: Number of in-distribution images.
        num_outside: Number of out-of-distribution images.
    """

    auroc: float
    auroc_interval: tuple[float, float]
    aupr: float
    aupr_interval: tuple[float, float]
    fpr: float
    fpr_interval: tuple[float, float]
    num_inside: int
    num_outside: int

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in dataclasses.asdict(self).items()
        }


def separation(
    inside: np.ndarray,
    outside: np.ndarray,
    *,
    tpr: float = 0.95,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Separation:
    """Measures how well scores separate two sets of images.

    Args:
        inside: Scores of in-distribution images, `[n]`; larger for images
            less like the training data.
        outside: Scores of out-of-distribution images, `[m]`.
        tpr: The true positive rate of `fpr`, larger than 0, at most 1.
        confidence: Of the intervals, between 0 and 1.
        resamples: Number of resamples of the bootstrap.
        seed: Of the bootstrap. The same one gives the same intervals.

    Returns:
        `Separation`.

    Raises:
        TypeError: If an argument is of the wrong type.
        ValueError: If a set is empty, a score is not finite, or another
            argument is out of range.

    Example:

    ```python
    inside = ood.energy(model.predict(x_test))
    outside = ood.energy(model.predict(1 - x_test))
    print(ood.separation(inside, outside).auroc)
    ```
    """
    inside, outside = ranking.check_scores(inside, outside)
    tpr = ranking.check_rate(tpr)
    confidence = finite_number(confidence, "confidence", 0.0, 1.0)
    if confidence in (0.0, 1.0):
        raise ValueError(
            "`confidence` must be between 0 and 1. "
            f"Received: confidence={confidence}"
        )
    resamples = positive_integer(resamples, "resamples")
    seed = integer_seed(seed)
    flagged = ranking.flagged(inside, outside)
    precision, rate = intervals.bootstrap(
        inside, outside, tpr, confidence, resamples, seed
    )
    return Separation(
        ranking.auroc(inside, outside),
        intervals.delong(inside, outside, confidence),
        ranking.precision_of(*flagged),
        precision,
        ranking.rate_of(*flagged, tpr),
        rate,
        len(inside),
        len(outside),
    )
