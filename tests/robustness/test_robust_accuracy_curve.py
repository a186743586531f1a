import numpy as np
import pytest

from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness import robust_accuracy_curve
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Ensemble
from keras_ceb.robustness.attacks import Square

# Two classes in one dimension: an image stands until eps is its distance
# from 0.5. The first two are misclassified.
X = np.linspace(0.01, 0.98, 33, dtype="float32")[:, None]
Y = (X[:, 0] < 0.5).astype("int32")
Y[:2] = 0
DISTANCE = np.abs(X[:, 0] - 0.5)
RADII = [0.05, 0.1, 0.3]
ATTACK = PGD(steps=4, random_start=False)
# It goes no farther than its steps.
WALK = PGD(steps=3, step_size=0.02, random_start=False, keep="last")


@pytest.fixture
def classifier(linear):
    model = linear([[1.0, -1.0]], bias=[-0.5, 0.5])
    return Classifier(model, batch_size=8)


@pytest.fixture
def attacked(monkeypatch):
    """The radius and the number of images of each start of an attack."""
    calls = []
    start = CompiledAttack.start

    def counting(self, data, params):
        calls.append((float(params["eps"]), len(data["y"])))
        return start(self, data, params)

    monkeypatch.setattr(CompiledAttack, "start", counting)
    return calls


def test_closed_form_in_one_pass(classifier):
    reads = []

    class Data:
        """Batches, whose reading is counted."""

        def __iter__(self):
            for first in range(0, 33, 11):
                reads.append(first)
                yield X[first : first + 11], Y[first : first + 11]

    found = robust_accuracy_curve(
        classifier, Data(), ATTACK, eps=RADII, verbose=0
    )
    assert reads == [0, 11, 22]
    for radius, result in zip(RADII, found, strict=True):
        right = np.arange(33) >= 2
        np.testing.assert_array_equal(result.clean, right)
        np.testing.assert_array_equal(
            result.robust, right & (DISTANCE > radius)
        )
        assert result.attack["eps"] == radius
        assert list(result.after.values()) == [result.accuracy]
        single = ATTACK.with_radius(radius)
        single = robust_accuracy(classifier, (X, Y), single, verbose=0)
        np.testing.assert_array_equal(single.robust, result.robust)


def test_fallen_images_stay_fallen_and_are_left_alone(classifier, attacked):
    robust_accuracy_curve(
        Classifier(classifier.model, batch_size=64),
        (X, Y),
        ATTACK,
        eps=RADII,
        verbose=0,
    )
    right = np.arange(33) >= 2
    left = [right, *(right & (DISTANCE > radius) for radius in RADII)]
    n = [int(rows.sum()) for rows in left]
    # From the second radius on, what withstands is attacked once more.
    expected = [n[0], n[1], n[2], n[2], n[3]]
    # Batches may be padded to the size of one batch.
    assert [n for _, n in attacked] in (expected, [64] * 5)


def test_begins_at_the_points_of_the_radius_before(classifier):
    """Three steps from there reach farther than from the image."""
    found = robust_accuracy_curve(
        classifier, (X, Y), WALK, eps=[0.05, 0.1, 0.2], verbose=0
    )
    right = np.arange(33) >= 2
    # 0.06 at each radius: 0.05, 0.05 + 0.06 cut to 0.1, and 0.1 + 0.06.
    for reach, result in zip([0.05, 0.1, 0.16], found, strict=True):
        np.testing.assert_array_equal(result.robust, right & (DISTANCE > reach))
    single = WALK.with_radius(0.2)
    single = robust_accuracy(classifier, (X, Y), single, verbose=0)
    np.testing.assert_array_equal(single.robust, right & (DISTANCE > 0.06))


@pytest.mark.parametrize("attack", [ATTACK, WALK], ids=["best", "last"])
def test_interrupted_between_two_radii(
    classifier, tmp_path, monkeypatch, attack
):
    monkeypatch.setattr(
        "keras_ceb._src.robustness.held_batches._BATCHES_HELD", 2
    )
    arguments = {"eps": RADII, "verbose": 0}
    whole = robust_accuracy_curve(classifier, (X, Y), attack, **arguments)
    arguments["checkpoint_dir"] = tmp_path
    start = CompiledAttack.start
    calls = []

    def dying(self, data, params):
        calls.append(float(params["eps"]))
        if len(calls) == 6:
            raise KeyboardInterrupt
        return start(self, data, params)

    monkeypatch.setattr(CompiledAttack, "start", dying)
    with pytest.raises(KeyboardInterrupt):
        robust_accuracy_curve(classifier, (X, Y), attack, **arguments)
    before = len(calls)
    again = robust_accuracy_curve(classifier, (X, Y), attack, **arguments)
    assert len(list(tmp_path.iterdir())) == 3
    for one, other in zip(whole, again, strict=True):
        np.testing.assert_array_equal(one.clean, other.clean)
        np.testing.assert_array_equal(one.robust, other.robust)
        assert one.after == other.after
    done = len(calls)
    robust_accuracy_curve(classifier, (X, Y), attack, **arguments)
    assert len(calls) == done > before
    with pytest.raises(ValueError, match="different images"):
        robust_accuracy_curve(classifier, (X[::-1], Y), attack, **arguments)


def test_other_radii_of_attacks_of_several_parts():
    both = Ensemble([PGD(eps=0.1), Square(eps=0.1)]).with_radius(0.2)
    assert both == Ensemble([PGD(eps=0.2), Square(eps=0.2)])
    strong = AutoAttack(version="rand", seed=3).with_radius(0.2)
    assert strong == AutoAttack(eps=0.2, version="rand", seed=3)


@pytest.mark.parametrize(
    ("eps", "match"),
    [
        ([0.2, 0.1], "`eps` must be in ascending order"),
        ([0.1, 0.1], "`eps` must be in ascending order"),
        ([-0.1, 0.1], "`eps` must be finite and not negative"),
        ([], "`eps` must be a sequence of radii"),
        (0.1, "`eps` must be a sequence of radii"),
        ("0.1", "`eps` must be a sequence of radii"),
        ([0.1, 2.0], "`eps` must not be larger than the range"),
    ],
)
def test_invalid_radii(classifier, eps, match):
    with pytest.raises(ValueError, match=match):
        robust_accuracy_curve(classifier, (X, Y), ATTACK, eps=eps)
