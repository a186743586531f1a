from statistics import NormalDist

import numpy as np
import pytest

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb._src.robustness.ood import intervals
from keras_ceb._src.robustness.ood import ranking


def test_delong_by_hand():
    # Shares of `inside` below each of `outside`: 1/3, 2/3, 1; of `outside`
    # below each of `inside`: 0, 1/3, 2/3. Both have a variance of 1/9.
    low, high = intervals.delong(
        np.array([0.0, 2.0, 4.0]), np.array([1.0, 3.0, 5.0])
    )
    area, error = 2 / 3, np.sqrt(2 * (1 / 9) / 3)
    half = NormalDist().inv_cdf(0.975) * error / (area * (1 - area))
    expected = np.log(area / (1 - area)) + np.array([-half, half])
    np.testing.assert_allclose(
        np.log([low / (1 - low), high / (1 - high)]), expected, rtol=1e-12
    )


def test_delong_without_variance():
    apart = np.arange(5.0), np.arange(10.0, 18.0)
    assert intervals.delong(*apart) == wilson(5, 5)
    assert intervals.delong(*reversed(apart)) == wilson(0, 5)
    assert intervals.delong(np.ones(4), np.ones(9)) == wilson(2, 4)
    # One image has no variance that could be estimated.
    assert intervals.delong(np.array([0.5]), np.array([0.0, 1.0])) == wilson(
        0.5, 1
    )


def test_bootstrap_of_perfect_separation():
    precision, rate = intervals.bootstrap(
        np.arange(50.0), np.arange(60.0, 70.0), resamples=20
    )
    assert precision == wilson(10, 10)
    assert rate == wilson(0, 50)


def test_bootstrap_follows_its_seed():
    generator = np.random.default_rng(0)
    sets = generator.normal(size=30), generator.normal(1, 1, size=30)
    first, again, other = (
        intervals.bootstrap(*sets, resamples=50, seed=seed)
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_coverage():
    """Intervals of normal scores hold the true values as often as they say."""
    shift, size, normal = 1.5, 60, NormalDist()
    # P(outside > inside), and the share of inside above a quantile of outside.
    area = normal.cdf(shift / np.sqrt(2))
    rate = 1 - normal.cdf(shift + normal.inv_cdf(0.05))
    # Average precision over sets of equal size, by quadrature.
    t = np.linspace(-6, 8, 4001)
    recall = np.array([1 - normal.cdf(x - shift) for x in t])
    flagged = np.array([1 - normal.cdf(x) for x in t])
    precision = np.trapezoid((recall / (recall + flagged))[::-1], recall[::-1])
    generator = np.random.default_rng(5)
    held = []
    for seed in range(120):
        sets = (
            generator.normal(size=size),
            generator.normal(shift, 1, size=size),
        )
        of_precision, of_rate = intervals.bootstrap(
            *sets, resamples=100, seed=seed
        )
        pairs = (
            (intervals.delong(*sets), area),
            (of_precision, precision),
            (of_rate, rate),
        )
        held.append([low <= true <= high for (low, high), true in pairs])
    shares = np.mean(held, axis=0)
    # Three standard errors of a share of 0.95 over 120 draws are 0.06.
    assert (np.abs(shares - 0.95) <= 0.06).all(), shares


def test_ranking_of_resamples_without_the_first_threshold():
    # No image of a resample need be at the strictest thresholds.
    assert ranking.precision_of(
        np.array([0, 1]), np.array([0, 1])
    ) == pytest.approx(0.5)
