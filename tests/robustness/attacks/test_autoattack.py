import numpy as np
import pytest

from keras_ceb.robustness.attacks import APGD
from keras_ceb.robustness.attacks import AutoAttack


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
    steps = {a.name: a.num_steps for a in AutoAttack().attacks}
    assert steps == {
        "APGD-CE": 100,
        "APGD-DLR-targeted": 100,
        "FAB": 100,
        "Square": 5000,
    }
    assert budget(AutoAttack(version="rand"), 10) == {
        "APGD-CE": 1,
        "APGD-DLR": 1,
    }
    assert {a.samples for a in AutoAttack(version="rand").attacks} == {20}


def test_few_classes():
    assert "APGD-margin-targeted" in budget(AutoAttack(), 3)
    assert "APGD-margin" in budget(AutoAttack(version="rand"), 2)


def test_is_at_least_as_strong_as_its_first_attack(digits, accuracy):
    model, x, y = digits
    x, y = x[:16], y[:16]
    attack = AutoAttack("linf", 0.06)
    for member in attack.attacks:
        member.num_steps = 20
    found = attack(model, x, y)
    first = APGD("linf", 0.06, 20)(model, x, y)
    assert accuracy(model, found, y) <= accuracy(model, first, y)
    assert np.abs(found - x).max() <= 0.06 + 1e-6


def test_unknown_version():
    with pytest.raises(ValueError, match="`version` must be one of"):
        AutoAttack(version="plus")
