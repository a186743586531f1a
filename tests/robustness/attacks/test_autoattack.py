import dataclasses

import numpy as np
import pytest

from keras_ceb._src import backend
from keras_ceb._src.robustness.attacks.compiled_attack import CompiledAttack
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb.robustness import evaluate_robustness
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import AutoAttack
from keras_ceb.robustness.attacks import Ensemble


def budget(attack, num_classes):
    runs = {}
    for run in attack.runs(num_classes):
        runs.setdefault(run.attack.name, []).append(run)
    return {name: len(r) for name, r in runs.items()}


def test_budgets_of_the_original():
    assert budget(AutoAttack(), 10) == {
        "APGD-CE": 1,
        "APGD-DLR-targeted": 9,
        "FAB": 9,
        "Square": 1,
    }
    steps = {a.name: a.steps for a in AutoAttack().attacks}
    assert steps == {
        "APGD-CE": 100,
        "APGD-DLR-targeted": 100,
        "FAB": 100,
        "Square": 5000,
    }
    assert budget(AutoAttack(version="rand"), 10) == {
        "APGD-CE (samples 20)": 1,
        "APGD-DLR (samples 20)": 1,
    }
    assert {a.samples for a in AutoAttack(version="rand").attacks} == {20}


def test_fast_runs_the_attacks_of_the_standard_version():
    assert budget(AutoAttack(version="fast"), 10) == {
        "APGD-CE": 1,
        "APGD-DLR-MALT": 9,
        "FAB (targets malt)": 9,
        "Square": 1,
    }
    runs = AutoAttack(version="fast").runs(10)
    assert [run.saves_effort for run in runs] == [False] + [True] * 19
    for version in ("standard", "rand"):
        runs = AutoAttack(version=version).runs(10)
        assert not any(run.saves_effort for run in runs)


@pytest.mark.slow
@pytest.mark.parametrize("norm, eps", [("linf", 0.06), ("l2", 0.3)])
def test_fast_is_as_strong_as_the_standard_version(digits, norm, eps):
    model, x, y = digits
    found = {
        version: robust_accuracy(
            model, (x, y), AutoAttack(norm, eps, version=version), verbose=0
        )
        for version in ("standard", "fast")
    }
    standard, fast = found["standard"], found["fast"]
    assert 0.1 < standard.accuracy < 0.9
    # One image of 128.
    assert abs(fast.accuracy - standard.accuracy) <= 1 / 128
    again = AutoAttack(norm, eps, version="fast")
    again = robust_accuracy(model, (x, y), again, verbose=0)
    np.testing.assert_array_equal(again.robust, fast.robust)


def test_few_classes():
    assert "APGD-margin-targeted" in budget(AutoAttack(), 3)
    assert "APGD-margin (samples 20)" in budget(AutoAttack(version="rand"), 2)


def test_is_at_least_as_strong_as_its_first_attack(digits, accuracy):
    model, x, y = digits
    x, y = x[:16], y[:16]
    first, targeted, fab, square = AutoAttack("linf", 0.06).attacks
    attack = Ensemble(
        [dataclasses.replace(a, steps=20) for a in (first, targeted, fab)]
        + [dataclasses.replace(square, num_queries=20)]
    )
    found = attack(model, x, y)
    first = APGD("linf", 0.06, 20)(model, x, y)
    assert accuracy(model, found, y) <= accuracy(model, first, y)
    assert np.abs(found - x).max() <= 0.06 + 1e-6


def test_unknown_version():
    match = "`version` must be one of.*standard.*fast.*rand.*Received"
    with pytest.raises(ValueError, match=match):
        AutoAttack(version="plus")


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_inputs_that_are_no_images(linear, monkeypatch, rank):
    """They are refused before the first part runs, whichever way it starts."""
    shape = (4,) + (1,) * (rank - 1)
    model = linear(np.eye(4), shape=shape)
    x, y = np.full((3, *shape), 0.5, "float32"), np.arange(3)
    attack = AutoAttack("linf", 0.1)
    text = "rank 4 for `Square`.*`AutoAttack`.*Received: inputs of shape"
    monkeypatch.setattr(CompiledAttack, "_run", fail)
    traced = backend.compile_function(
        lambda batch, shared: attack(model, batch["x"], batch["y"])
    )
    with pytest.raises(ValueError, match=text):
        traced({"x": x, "y": y}, {})
    # As far as the model tells, not one image is looked at.
    monkeypatch.setattr(ModelFunction, "logits", fail)
    with pytest.raises(ValueError, match=text):
        attack(model, x, y)
    for call in (robust_accuracy, evaluate):
        with pytest.raises(ValueError, match=text):
            call(model, (x, y), attack)


def evaluate(model, data, attack):
    evaluate_robustness(model, data, attacks=attack, audit=False)


def fail(*args, **kwargs):
    raise AssertionError("the attack has begun")


def test_fits_every_model_of_two_classes():
    for num_classes in (2, 3, 10, None):
        AutoAttack().check_fits((0, 1), num_classes, (8, 8, 3))
        attack = AutoAttack("l2", 0.1)
        attack.check_fits((0, 1), num_classes, (None, None, 3))
        AutoAttack().check_fits((0, 1), num_classes)
    with pytest.raises(ValueError, match="at least 2 classes"):
        AutoAttack().check_fits((0, 1), 1)
