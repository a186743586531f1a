import dataclasses

import numpy as np
import pytest

from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import minimal_distance
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import DDN
from keras_ceb.robustness.attacks import FMN
from keras_ceb.robustness.attacks import PGD

RNG = np.random.default_rng(0)
WEIGHTS = RNG.normal(size=(8, 3)).astype("float32")
X = (0.5 + 0.03 * RNG.normal(size=(21, 8))).astype("float32")
BIAS = -X[:20].mean(axis=0) @ WEIGHTS
LOGITS = X @ WEIGHTS + BIAS
Y = LOGITS.argmax(axis=1)
Y[:2] = (Y[:2] + 1) % 3


@pytest.fixture
def model(linear):
    return linear(WEIGHTS, BIAS)


def closest():
    """The L2 distance to the closest of the planes to the other classes."""
    apart = WEIGHTS[:, Y].T[:, :, None] - WEIGHTS[None]
    gap = LOGITS[np.arange(21), Y][:, None] - LOGITS
    length = np.linalg.norm(apart, axis=1)
    with np.errstate(invalid="ignore"):
        distance = np.where(length > 0, gap / length, np.inf).min(axis=1)
    return np.maximum(distance, 0)


@pytest.mark.parametrize(
    "attack", [FMN("l2", steps=150), DDN(steps=150)], ids=lambda a: a.name
)
def test_distances_of_a_linear_model_to_one_percent(model, attack):
    # Three batches, the last one smaller.
    classifier = Classifier(model, batch_size=8)
    found = minimal_distance(classifier, (X, Y), attack, verbose=0)
    expected = closest()
    assert (expected[:2] == 0).all() and (expected[2:] > 0).all()
    np.testing.assert_allclose(found.values, expected, rtol=0.01)
    assert (found.values >= expected * (1 - 1e-4)).all()
    assert found.clean_accuracy == pytest.approx(19 / 21)
    assert found.attack["norm"] == "l2" and "eps" not in found.attack
    # With a radius, the same attack gives the same accuracy there.
    eps = float(np.median(expected)) * 1.02
    limited = dataclasses.replace(attack, eps=eps)
    limited = robust_accuracy(classifier, (X, Y), limited, verbose=0)
    assert limited.accuracy == found.accuracy(eps)


def test_killed_and_resumed(model, tmp_path, monkeypatch):
    classifier = Classifier(model, batch_size=4)
    attack = FMN("linf", steps=5)
    whole = minimal_distance(classifier, (X, Y), attack, verbose=0)
    monkeypatch.setattr(
        "keras_ceb._src.robustness.held_batches._BATCHES_HELD", 2
    )
    calls = []
    start = CompiledAttack.start

    def dying(self, data, params):
        calls.append(len(data["y"]))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return start(self, data, params)

    path = tmp_path / "so-far.npz"
    arguments = {"checkpoint": path, "verbose": 0}
    with monkeypatch.context() as patch:
        patch.setattr(CompiledAttack, "start", dying)
        with pytest.raises(KeyboardInterrupt):
            minimal_distance(classifier, (X, Y), attack, **arguments)
        calls[:] = [0] * 3
        again = minimal_distance(classifier, (X, Y), attack, **arguments)
    # 8 of the 21 images were done; the last batch may be padded.
    assert sum(calls) in (13, 16)
    np.testing.assert_array_equal(again.values, whole.values)
    with pytest.raises(ValueError, match="different images"):
        minimal_distance(classifier, (X[::-1], Y), attack, **arguments)


def test_other_attacks_are_refused(model):
    with pytest.raises(TypeError, match="`FMN` or `DDN`.*Received.*PGD"):
        minimal_distance(model, (X, Y), PGD(eps=0.1))
