"""Confidence intervals of how well scores separate two sets of images."""

import math
from statistics import NormalDist

import numpy as np

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.ood import ranking


def delong(
    inside: np.ndarray, outside: np.ndarray, confidence: float = 0.95
) -> tuple[float, float]:
    """DeLong's interval of the AUROC, on the logit scale.

    The variance of the AUROC comes from the placements, the share of the
    other set below each score. The logit keeps the interval inside 0..1.
    Where the variance is 0, as for sets that are separated perfectly, the
    interval is Wilson's for min(n, m) pairs of one image of each set, which
    share no image and so are independent.

    Args:
        inside: Scores of in-distribution images, `[n]`.
        outside: Scores of out-of-distribution images, `[m]`.
        confidence: Between 0 and 1.

    Returns:
        Lower and upper bound.

    Reference: DeLong, DeLong and Clarke-Pearson (1988), equation 5; Pepe
    (2003), section 5.2.4, for the logit.
    """
    above = ranking.placements(outside, inside)
    below = ranking.placements(inside, outside)
    area = above.mean()
    pairs = min(len(inside), len(outside))
    variance = 0.0
    if pairs > 1:
        variance = above.var(ddof=1) / len(above)
        variance += below.var(ddof=1) / len(below)
    if variance == 0.0 or not 0.0 < area < 1.0:
        return wilson(area * pairs, pairs, confidence)
    error = math.sqrt(variance) / (area * (1.0 - area))
    return _on_logit_scale(area, error, confidence)


def bootstrap(
    inside: np.ndarray,
    outside: np.ndarray,
    tpr: float = 0.95,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Intervals of AUPR and of the false positive rate at `tpr`.

    Both are from resamples that draw as many images from each set as it has,
    with replacement. That of the AUPR has their standard error on the logit
    scale, as the percentiles of resamples hold the AUPR too rarely; for an
    AUPR of 1, which is 1 in every resample, it is Wilson's for the m
    out-of-distribution images. That of the rate is percentiles, extended to
    cover Wilson's at the threshold that was found, as a rate of 0 is 0 in
    every resample.

    Args:
        inside: Scores of in-distribution images, `[n]`.
        outside: Scores of out-of-distribution images, `[m]`.
        tpr: Larger than 0, at most 1.
        confidence: Between 0 and 1.
        resamples: Their number.
        seed: Of the draws.

    Returns:
        Lower and upper bound of the AUPR, and of the rate.

    Reference: Efron and Tibshirani (1993), chapter 13; Boyd, Eng and Page
    (2013), section 3, for the logit.
    """
    thresholds = np.unique(np.concatenate([inside, outside]))
    # Counted from the strictest threshold.
    places = [
        len(thresholds) - 1 - np.searchsorted(thresholds, scores)
        for scores in (inside, outside)
    ]
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(resamples):
        inner, outer = (
            np.cumsum(
                np.bincount(
                    place[generator.integers(len(place), size=len(place))],
                    minlength=len(thresholds),
                )
            )
            for place in places
        )
        found.append(
            (
                ranking.precision_of(inner, outer),
                ranking.rate_of(inner, outer, tpr),
            )
        )
    precisions, rates = np.transpose(found)
    flagged = ranking.flagged(inside, outside)
    return (
        _of_precision(
            ranking.precision_of(*flagged), precisions, len(outside), confidence
        ),
        _of_rate(
            ranking.rate_of(*flagged, tpr), rates, len(inside), confidence
        ),
    )


def _of_precision(
    value: float, resampled: np.ndarray, trials: int, confidence: float
) -> tuple[float, float]:
    if value == 1.0:
        return wilson(trials, trials, confidence)
    # A resample may be separated perfectly, where the logit is infinite.
    resampled = np.minimum(resampled, 1.0 - 0.25 / trials)
    error = np.log(resampled / (1.0 - resampled)).std()
    return _on_logit_scale(value, float(error), confidence)


def _of_rate(
    value: float, resampled: np.ndarray, trials: int, confidence: float
) -> tuple[float, float]:
    tail = (1.0 - confidence) / 2
    low, high = np.quantile(resampled, [tail, 1.0 - tail])
    least, most = wilson(value * trials, trials, confidence)
    return min(float(low), least), max(float(high), most)


def _on_logit_scale(
    value: float, error: float, confidence: float
) -> tuple[float, float]:
    """A normal interval of the logit of `value`, as two shares."""
    center = math.log(value / (1.0 - value))
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return (
        1.0 / (1.0 + math.exp(half - center)),
        1.0 / (1.0 + math.exp(-half - center)),
    )
