import dataclasses

import numpy as np
import pytest
from scipy import stats

from keras_ceb._src.robustness.certify import randomized_smoothing
from keras_ceb.robustness import Classifier
from keras_ceb.robustness.certify import RandomizedSmoothing

SMALL = RandomizedSmoothing(0.25, n0=20, n=500, alpha=0.01, seed=1)
WEIGHTS = np.float32([[3.0, -1.0], [0.0, 2.0], [1.0, 1.0]])
X = np.random.default_rng(0).uniform(size=(7, 3)).astype("float32")


@pytest.fixture
def model(linear):
    return linear(WEIGHTS, [-0.6, 0.6])


def test_radii_of_a_linear_model(model):
    logits = X @ WEIGHTS + np.float32([-0.6, 0.6])
    lead = logits[:, 0] - logits[:, 1]
    distance = np.abs(lead) / np.linalg.norm(WEIGHTS[:, 0] - WEIGHTS[:, 1])
    y = (lead < 0).astype(int)
    classifier = Classifier(model, batch_size=64)
    found = SMALL.certify(classifier, (X, y), verbose=0)
    # A share of the noise that does not cross the plane.
    p = stats.norm.cdf(distance / 0.25)
    sure = p > 0.6
    assert (found.predicted[sure] == y[sure]).all() and sure.sum() > 2
    spread = np.sqrt(p * (1 - p) / 500)
    assert (np.abs(found.counts / 500 - p)[sure] < 4 * spread[sure]).all()
    # Cohen's radius of the recorded counts.
    low = stats.beta.ppf(0.01, found.counts, 501 - found.counts)
    expected = np.where(low > 0.5, 0.25 * stats.norm.ppf(low), 0)
    np.testing.assert_allclose(found.radii, expected, rtol=1e-9)
    assert (found.radii <= distance).all() and found.radii.max() > 0.1
    np.testing.assert_array_equal(found.predicted == -1, found.radii == 0)
    assert found.certificate["sigma"] == 0.25
    # The batch size does not matter.
    other = SMALL.certify(Classifier(model, batch_size=3), (X, y), verbose=0)
    np.testing.assert_array_equal(other.counts, found.counts)


@pytest.mark.slow
def test_a_linear_model_is_certified_too_far_as_rarely_as_stated(model):
    # The noise of an image depends on its index: 1,000 repetitions.
    x = np.repeat(X[:1], 1000, axis=0)
    weights = WEIGHTS[:, 0] - WEIGHTS[:, 1]
    lead = float(x[0] @ weights - 1.2)
    distance = abs(lead) / np.linalg.norm(weights)
    y = np.full(1000, int(lead < 0))
    smoothing = RandomizedSmoothing(2 * distance, n0=20, n=200, alpha=0.05)
    classifier = Classifier(model, batch_size=256, allow_chance=True)
    found = smoothing.certify(classifier, (x, y), verbose=0)
    too_far = int(np.sum(found.right & (found.radii > distance)))
    too_far += int(np.sum((found.predicted >= 0) & ~found.right))
    assert 10 < too_far
    assert stats.binomtest(too_far, 1000, 0.05, "greater").pvalue > 0.01


def test_killed_and_resumed_within_an_image(model, tmp_path, monkeypatch):
    y = np.zeros(7, int)
    classifier = Classifier(model, batch_size=64)
    whole = SMALL.certify(classifier, (X, y), verbose=0)
    monkeypatch.setattr(randomized_smoothing, "_SAMPLES_PER_CALL", 200)
    count = RandomizedSmoothing._count
    calls = []

    def dying(self, *arguments):
        calls.append(arguments[2:])
        if len(calls) in (3, 12):
            raise KeyboardInterrupt
        return count(self, *arguments)

    monkeypatch.setattr(RandomizedSmoothing, "_count", dying)
    arguments = {"checkpoint": tmp_path / "radii.npz", "verbose": 0}
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            SMALL.certify(classifier, (X, y), **arguments)
    again = SMALL.certify(classifier, (X, y), **arguments)
    # Per image a selection and three parts, and two of them twice.
    assert len(calls) == 7 * 4 + 2
    assert calls[:4] == [(0, 20), (20, 220), (220, 420), (220, 420)]
    assert 0 < again.seconds < np.inf
    # A call that finds all done has nothing to add, not even to the time.
    third = SMALL.certify(classifier, (X, y), **arguments)
    assert third.seconds == again.seconds
    for name in ("predicted", "labels", "radii", "counts"):
        np.testing.assert_array_equal(
            getattr(again, name), getattr(whole, name)
        )
    with pytest.raises(ValueError, match="different images"):
        SMALL.certify(classifier, (X[::-1], y), **arguments)
    other = dataclasses.replace(SMALL, seed=2)
    with pytest.raises(ValueError, match="of the same settings"):
        other.certify(classifier, (X, y), **arguments)


def test_the_defaults_are_the_papers():
    smoothing = RandomizedSmoothing(0.5)
    assert (smoothing.n0, smoothing.n, smoothing.alpha) == (100, 100_000, 0.001)


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"sigma": 0}, "`sigma` must be positive"),
        ({"sigma": -1}, "`sigma` must be a finite number, at least 0"),
        ({"n0": 0}, "`n0` must be a positive"),
        ({"n": 0}, "`n` must be a positive"),
        ({"alpha": 0}, "`alpha` must lie between"),
        ({"alpha": 1}, "`alpha` must lie between"),
        ({"n": 2**31}, r"`n0` \+ `n` must be at most .* int32"),
        ({"jit_compile": "yes"}, "`jit_compile` must be one of"),
    ],
)
def test_invalid_arguments(arguments, match):
    with pytest.raises(ValueError, match=match):
        RandomizedSmoothing(**{"sigma": 0.5, **arguments})
    with pytest.raises(TypeError, match="`seed` must be an integer"):
        RandomizedSmoothing(0.5, seed=1.5)
