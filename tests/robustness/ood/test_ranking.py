import numpy as np
import pytest
from sklearn import metrics

from keras_ceb.robustness import ood


def drawn(ties):
    """Scores of two sets of different sizes, with many ties or none."""
    generator = np.random.default_rng(3)
    inside = generator.normal(size=83)
    outside = generator.normal(1.0, 1.5, size=40)
    return (np.round(inside), np.round(outside)) if ties else (inside, outside)


@pytest.mark.parametrize("ties", [True, False])
def test_equal_to_scikit_learn(ties):
    inside, outside = drawn(ties)
    y = np.repeat([0, 1], [len(inside), len(outside)])
    scores = np.concatenate([inside, outside])
    assert ood.auroc(inside, outside) == pytest.approx(
        metrics.roc_auc_score(y, scores), abs=1e-14
    )
    assert ood.aupr(inside, outside) == pytest.approx(
        metrics.average_precision_score(y, scores), abs=1e-14
    )
    fpr, tpr, _ = metrics.roc_curve(y, scores, drop_intermediate=False)
    for rate in (0.5, 0.95, 1.0):
        expected = fpr[np.argmax(tpr >= rate)]
        assert ood.fpr_at_tpr(inside, outside, rate) == expected


def test_by_hand():
    inside, outside = [1, 2, 3, 3], [3, 4]
    # 3 is above two of four and ties with two; 4 is above all.
    assert ood.auroc(inside, outside) == (0.75 + 1.0) / 2
    # Threshold 4 flags one, and no other; threshold 3 both, and two others.
    assert ood.aupr(inside, outside) == 0.5 * 1.0 + 0.5 * 0.5
    assert ood.fpr_at_tpr(inside, outside, 0.5) == 0.0
    assert ood.fpr_at_tpr(inside, outside) == 0.5


def test_a_rate_that_is_met_exactly():
    # 19 of 20 are 0.95: the twentieth need not be flagged.
    assert ood.fpr_at_tpr([0.5], [*np.arange(1, 20), 0]) == 0.0


def test_constant_scores_tell_nothing():
    inside, outside = np.ones(6), np.ones(2)
    assert ood.auroc(inside, outside) == 0.5
    assert ood.aupr(inside, outside) == 0.25
    assert ood.fpr_at_tpr(inside, outside) == 1.0


@pytest.mark.parametrize("measure", [ood.auroc, ood.aupr, ood.fpr_at_tpr])
@pytest.mark.parametrize(
    "inside, outside, message",
    [
        ([], [1.0], "`inside` must be a vector"),
        ([1.0], [[1.0]], r"`outside` must be a vector.*shape \(1, 1\)"),
        ([1.0], [2.0, np.nan], "`outside` must hold finite.*nan at index 1"),
    ],
)
def test_invalid_scores(measure, inside, outside, message):
    with pytest.raises(ValueError, match=message):
        measure(inside, outside)


@pytest.mark.parametrize("tpr", [0, -0.1, 1.1, np.nan])
def test_invalid_rate(tpr):
    with pytest.raises(ValueError, match="`tpr` must be.*Received"):
        ood.fpr_at_tpr([0.0], [1.0], tpr)
