import numpy as np
import pytest
from keras import ops
from scipy import stats

from keras_ceb._src.robustness.corruptions.images import noise
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import keys

SHAPE = (2, 80, 80, 3)
NUMBERS = int(np.prod(SHAPE))


def flat(level):
    return ops.full(SHAPE, level, dtype="float32")


def run(function, level, *row):
    return ops.convert_to_numpy(function(flat(level), keys(2), *row))


def test_gaussian_noise_distribution():
    result = run(noise.gaussian_noise, 100.0, 0.18)
    z = (result.ravel() - 100) / (255 * 0.18)
    assert stats.kstest(z, "norm").pvalue > 1e-3


def test_speckle_noise_is_proportional():
    result = run(noise.speckle_noise, 50.0, 0.2)
    assert stats.kstest((result.ravel() / 50 - 1) / 0.2, "norm").pvalue > 1e-3
    np.testing.assert_array_equal(run(noise.speckle_noise, 0.0, 0.2), 0)


@pytest.mark.parametrize("amount", [0.03, 0.27])
def test_impulse_noise_shares(amount):
    result = run(noise.impulse_noise, 100.0, amount)
    assert set(np.unique(result)) == {0, 100, 255}
    for value in (0, 255):
        count = int((result == value).sum())
        assert stats.binomtest(count, NUMBERS, amount / 2).pvalue > 1e-3


@pytest.mark.parametrize("photons", [3, 5, 60, 500])
@pytest.mark.parametrize("level", [3, 128, 255])
def test_shot_noise_is_poisson_clipped_at_white(photons, level):
    result = run(noise.shot_noise, float(level), photons)
    counts = np.round(result * photons / 255).astype(int)
    np.testing.assert_allclose(counts, result * photons / 255, atol=1e-3)
    rate = level / 255 * photons
    observed = np.bincount(counts.ravel(), minlength=photons + 1)
    expected = stats.poisson.pmf(np.arange(photons + 1), rate)
    expected[photons] = stats.poisson.sf(photons - 1, rate)
    expected *= NUMBERS
    # Pool rare counts: the chi-squared test wants five a cell.
    order = np.argsort(expected)
    cells = np.cumsum(expected[order]) // 20
    observed = np.bincount(
        np.unique(cells, return_inverse=True)[1], observed[order]
    )
    expected = np.bincount(
        np.unique(cells, return_inverse=True)[1], expected[order]
    )
    if len(expected) > 1:
        assert (
            stats.chisquare(
                observed, expected * observed.sum() / expected.sum()
            ).pvalue
            > 1e-4
        )


def test_black_stays_black_under_shot_noise():
    np.testing.assert_array_equal(run(noise.shot_noise, 0.0, 60), 0)


@pytest.mark.parametrize("variant", VARIANTS)
def test_alias_tables_hold_the_poisson_distribution(variant):
    for severity in SEVERITIES:
        (photons,) = registry.corruption("shot_noise").parameters_at(
            severity, variant
        )
        table = noise._poisson_alias_table(photons)
        width = table.shape[1]
        shift = 32 - int(np.log2(width))
        for level in (1, 77, 255):
            keep = (table[level] & np.uint32((1 << shift) - 1)) / 2.0**shift
            alias = table[level] >> np.uint32(shift)
            mass = keep.copy()
            np.add.at(mass, alias, 1 - keep)
            rate = level / 255 * photons
            expected = stats.poisson.pmf(np.arange(photons), rate)
            np.testing.assert_allclose(
                mass[:photons] / width, expected, atol=1e-6
            )
