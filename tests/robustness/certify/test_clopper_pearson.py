import numpy as np
import pytest
from scipy import stats

from keras_ceb._src.robustness.certify.clopper_pearson import certified_radii


def test_radii_are_those_of_the_exact_binomial_test():
    # SciPy's own interval, two-sided at twice alpha.
    counts = np.array([0, 1, 500, 549, 551, 700, 999, 1000])
    certain, radii = certified_radii(counts, 1000, 0.001, 0.5)
    for count, sure, radius in zip(counts, certain, radii, strict=True):
        test = stats.binomtest(int(count), 1000)
        low = test.proportion_ci(1 - 2 * 0.001, method="exact").low
        assert sure == (low > 0.5)
        expected = 0.5 * stats.norm.ppf(low) if low > 0.5 else 0
        assert radius == pytest.approx(expected, rel=1e-9)
    assert certain.any() and not certain.all()


def test_all_of_the_samples_give_the_largest_radius():
    # p^n = alpha where all n samples agree (Cohen et al., appendix).
    _, radii = certified_radii([100_000], 100_000, 0.001, 1.0)
    assert radii[0] == pytest.approx(stats.norm.ppf(0.001 ** (1 / 100_000)))
    assert radii[0] == pytest.approx(3.81, abs=0.005)


def test_radii_exceed_the_distance_as_rarely_as_stated():
    # The smoothed distance of a plane is the true one: sigma Phi^-1(p) where
    # p is the share of the noise that does not cross it.
    sigma, distance, alpha = 0.25, 0.3, 0.05
    p = stats.norm.cdf(distance / sigma)
    counts = np.random.default_rng(0).binomial(200, p, size=1000)
    _, radii = certified_radii(counts, 200, alpha, sigma)
    too_large = int(np.sum(radii > distance))
    assert 0 < too_large
    assert stats.binomtest(too_large, 1000, alpha, "greater").pvalue > 0.01
