"""Confidence intervals of proportions."""

import math
from statistics import NormalDist


def wilson(
    successes: float, trials: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The Wilson score interval of a proportion.

    Unlike the normal approximation, it is accurate near 0 and 1, where robust
    accuracies often are.

    Args:
        successes: Number of successes; a tie may count half.
        trials: Number of trials, at least 1.
        confidence: Between 0 and 1.

    Returns:
        Lower and upper bound.

    Reference: Wilson, 1927; Brown, Cai and DasGupta, 2001.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = successes / trials
    scale = 1 + z**2 / trials
    center = (share + z**2 / (2 * trials)) / scale
    half = (
        z
        / scale
        * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    )
    return max(0.0, center - half), min(1.0, center + half)
