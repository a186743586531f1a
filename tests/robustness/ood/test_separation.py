import json

import numpy as np
import pytest

from keras_ceb._src.robustness.ood import intervals
from keras_ceb.robustness import ood

INSIDE = np.array([0.0, 1.0, 2.0, 2.5, 4.0])
OUTSIDE = np.array([2.0, 3.0, 5.0, 6.0])


def test_figures_and_intervals_are_those_of_their_functions():
    found = ood.separation(
        INSIDE, OUTSIDE, tpr=0.5, confidence=0.8, resamples=40, seed=3
    )
    precision, rate = intervals.bootstrap(INSIDE, OUTSIDE, 0.5, 0.8, 40, 3)
    assert found == ood.Separation(
        auroc=ood.auroc(INSIDE, OUTSIDE),
        auroc_interval=intervals.delong(INSIDE, OUTSIDE, 0.8),
        aupr=ood.aupr(INSIDE, OUTSIDE),
        aupr_interval=precision,
        fpr=ood.fpr_at_tpr(INSIDE, OUTSIDE, 0.5),
        fpr_interval=rate,
        num_inside=5,
        num_outside=4,
    )
    loaded = json.loads(json.dumps(found.to_dict()))
    assert loaded["auroc"] == found.auroc
    assert loaded["fpr_interval"] == list(rate)


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"tpr": 0}, ValueError, "`tpr`"),
        ({"confidence": 1}, ValueError, "`confidence` must be between"),
        ({"confidence": 95}, ValueError, "`confidence`.*at most 1"),
        ({"resamples": 0}, ValueError, "`resamples` must be a positive"),
        ({"seed": 0.5}, TypeError, "`seed` must be an integer"),
    ],
)
def test_invalid_arguments(options, error, message):
    with pytest.raises(error, match=message):
        ood.separation(INSIDE, OUTSIDE, **options)
