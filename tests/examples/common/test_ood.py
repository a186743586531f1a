import keras
import numpy as np
import pytest

import keras_ceb
from examples.common import ood


@pytest.fixture(scope="module")
def model():
    backbone = keras.Sequential([keras.Input((3,)), keras.layers.Identity()])
    return keras_ceb.wrap(backbone, 2, classifier="consistent", seed=0)


def test_scores_of_a_bottleneck_by_hand(model):
    model.marginal.means.assign([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    x = np.array([[1.0, 2.0, 0.0], [-3.0, 0.0, 0.0], [1, 0, 0]], "float32")
    found = ood.scores(model, x, batch_size=2)
    # Half the squared distance from the nearest mean.
    np.testing.assert_allclose(found["residual information"], [2.0, 2.0, 0.0])
    logits = np.array([[0.5, -1.5], [-3.5, 2.5], [0.5, -1.5]])
    np.testing.assert_allclose(
        found["energy"], -np.logaddexp(*logits.T), rtol=1e-5
    )
    assert found["marginal"][0] > found["marginal"][2]


def test_without_a_bottleneck_the_logits_alone():
    backbone = keras.Sequential([keras.Input((3,)), keras.layers.Identity()])
    baseline = keras_ceb.wrap(backbone, 2, objective="xent", seed=0)
    found = ood.scores(baseline, np.zeros((2, 3), "float32"))
    assert list(found) == ["max-softmax", "energy"]


def test_separations_by_hand():
    inside = {"energy": np.array([0.0, 1.0])}
    outside = {"energy": np.array([0.5, 2.0])}
    found = ood.separations(inside, outside)["energy"]
    # Three of four pairs are in order; to find both, 1 is flagged too.
    assert found["auroc"] == 0.75 and found["fpr"] == 0.5
