"""Attacks of a report that begin where others have left off."""

import dataclasses

import numpy as np
import pytest

from keras_ceb._src.robustness.report import attack_results
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness import robust_accuracy_curve
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Curve

QUICK = {"audit": False, "verbose": 0}
RADII = [0.05, 0.1, 0.2]


@dataclasses.dataclass(frozen=True)
class Frugal(PGD):
    """PGD that may leave images out, as the fast AutoAttack does."""

    def runs(self, num_classes):
        runs = super().runs(num_classes)
        return [dataclasses.replace(run, saves_effort=True) for run in runs]


@pytest.fixture
def measured(monkeypatch):
    """The attacks that are measured alone."""
    attacks = []
    measure = attack_results.measure

    def note(classifier, data, attack, *arguments):
        attacks.append(attack)
        return measure(classifier, data, attack, *arguments)

    monkeypatch.setattr(attack_results, "measure", note)
    return attacks


def check_examples(model, data, result):
    """Six images, all misclassified in the ball."""
    x, y = data
    assert len({example.index for example in result.examples}) == 6
    for example in result.examples:
        np.testing.assert_array_equal(example.clean, x[example.index])
        moved = np.abs(example.adversarial - example.clean).max()
        assert 0 < moved <= result.attack["eps"] + 1e-6
        logits = model.predict(example.adversarial[None], verbose=0)
        assert logits.argmax() != y[example.index]
        assert not result.robust[example.index]


def test_a_point_of_a_curve_is_not_run_again(digits, measured):
    model, x, y = digits
    data = x[:200], y[:200]
    attacks = [PGD("linf", 0.1), PGD("l2", 0.5), Curve("linf", RADII)]
    report = evaluate_robustness(model, data, attacks=attacks, **QUICK)
    assert measured == [PGD("l2", 0.5)]
    first, second = report.attacks
    point = report.curves["linf"][1]
    np.testing.assert_array_equal(first.robust, point.robust)
    assert first.attack == point.attack
    expected = robust_accuracy(model, data, attacks[1], verbose=0)
    np.testing.assert_array_equal(second.robust, expected.robust)
    # The first attack shows examples, whichever radius found them.
    check_examples(model, data, first)
    assert not point.examples and not second.examples


def test_an_attack_that_saves_effort_takes_what_the_curve_has_left(
    digits, measured
):
    model, x, y = digits
    data = x[:200], y[:200]
    # A random start would depend on the index of the image.
    attack = Frugal("linf", 0.15, 5, random_start=False)
    attacks = [attack, Curve("linf", RADII)]
    report = evaluate_robustness(model, data, attacks=attacks, **QUICK)
    assert measured == [attack]
    (found,) = report.attacks
    curve = robust_accuracy_curve(
        model, data, PGD("linf"), eps=RADII, verbose=0
    )
    left = np.flatnonzero(curve[1].robust)
    rest = data[0][left], data[1][left]
    alone = robust_accuracy(model, rest, attack, verbose=0)
    assert 0 < alone.accuracy < 1
    np.testing.assert_array_equal(found.robust[left], alone.robust)
    assert not found.robust[~curve[1].robust].any()
    np.testing.assert_array_equal(found.clean, curve[1].clean)
    assert found.after == {
        "PGD-20 of the curve": curve[1].accuracy,
        attack.name: found.accuracy,
    }
    check_examples(model, data, found)


@pytest.mark.parametrize(
    "attack", [PGD("linf", 0.15, 5), Frugal("linf", 0.04, 5)]
)
def test_all_other_attacks_stand_alone(digits, attack):
    """One that saves nothing, and one in a ball smaller than the curve's."""
    model, x, y = digits
    data = x[:200], y[:200]
    attacks = [attack, Curve("linf", RADII)]
    report = evaluate_robustness(model, data, attacks=attacks, **QUICK)
    expected = robust_accuracy(model, data, attack, verbose=0)
    np.testing.assert_array_equal(report.attacks[0].robust, expected.robust)
    assert report.attacks[0].after == expected.after


def test_the_curve_is_part_of_a_checkpoint(digits, tmp_path, measured):
    model, x, y = digits
    data = x[:100], y[:100]
    attack = Frugal("linf", 0.15, 5, seed=1)

    def run(radii):
        attacks = [attack, Curve("linf", radii)]
        return evaluate_robustness(
            model, data, attacks=attacks, checkpoint_dir=tmp_path, **QUICK
        )

    first = run(RADII)
    assert run(RADII) == first
    assert len(list(tmp_path.iterdir())) == 4
    other = run(RADII[:1])
    assert other.attacks[0].after != first.attacks[0].after
    assert len(list(tmp_path.iterdir())) == 6


def test_autoattack_saves_effort_in_its_fast_version_only():
    for version, saves in (("fast", True), ("standard", False)):
        runs = AutoAttack("linf", 0.1, version).runs(10)
        assert any(run.saves_effort for run in runs) is saves
