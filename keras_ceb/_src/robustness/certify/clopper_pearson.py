"""From counts of samples to the certified radii of randomized smoothing."""

import numpy as np

from keras_ceb._src.optional import optional_module


def certified_radii(
    counts: np.ndarray, n: int, alpha: float, sigma: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where a class is certain, and within which L2 radius.

    With the Clopper-Pearson lower bound p of the probability of the class,
    the radius is sigma Phi^-1(p) where p is above 1/2.

    Args:
        counts: `[n_images]` integers, how many of `n` samples have the class.
        n: Number of samples.
        alpha: One minus the confidence of the one-sided bound.
        sigma: Standard deviation of the noise.

    Returns:
        Booleans, and float64 radii, which are 0 where it is not certain.

    Reference: Cohen et al., 2019, theorem 1 and the procedure Certify.
    """
    stats = optional_module("scipy.stats", "`RandomizedSmoothing`")
    counts = np.asarray(counts, "float64")
    # The bound of a class that no sample has is 0; there is no Beta(0, b).
    lower = stats.beta.ppf(alpha, np.maximum(counts, 1), n - counts + 1)
    certain = (counts > 0) & (lower > 0.5)
    radii = sigma * stats.norm.ppf(np.where(certain, lower, 0.5))
    return certain, radii
