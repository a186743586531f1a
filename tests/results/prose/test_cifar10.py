"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import cifar10


def result(rho, seed, accuracies, radius=1 / 255, pgd=0.5, autoattack=0.1):
    epochs = [
        {"epoch": epoch, "val_accuracy": accuracy, "val_hyz": 1 - accuracy}
        for epoch, accuracy in enumerate(accuracies)
    ]
    row = {"attack": {"eps": radius}}
    report = {
        "curves": {"linf": [{**row, "accuracy": pgd}]},
        "attacks": [{**row, "accuracy": autoattack}],
    }
    return {
        "settings": {"rho": rho, "jump_start": True},
        "provenance": [{"step": "training", "seeds": [seed]}],
        "figures": {"epochs": epochs, "report": report},
    }


@pytest.fixture
def study(monkeypatch):
    """Two seeds of a baseline that is overtaken, one of a model in between."""
    study = {
        "baseline": [
            result(None, 0, [0.3, 0.4, 0.5, 0.6], autoattack=0.2),
            result(None, 2, [0.3, 0.4, 0.5, 0.6]),
        ],
        "ceb_2": [
            result(2.0, 0, [0.2, 0.3, 0.4, 0.9]),
            result(2.0, 2, [0.2, 0.3, 0.8, 0.9]),
        ],
        "ceb_3": [result(3.0, 0, [0.9, 0.9, 0.9, 0.1])],
    }
    monkeypatch.setattr(cifar10, "models", lambda folder: study)
    return study


def test_figures_of_a_study(study):
    assert cifar10.shared_seeds() == [0] and cifar10.other_seeds() == [2]
    assert cifar10.chosen() == "ceb_2"
    assert cifar10.with_the_seeds_of_the_baseline() == ["baseline", "ceb_2"]
    # At the third epoch the baseline has 0.5 and the other 0.6.
    assert cifar10.ahead_until() == 2
    assert cifar10.hyz("baseline", 2) == "0.60"
    assert cifar10.hyz("baseline") == "0.40"
    assert cifar10.autoattack_of_pgd("folder") == pytest.approx(0.4)


def test_the_rho_of_before(study, monkeypatch):
    models = {
        "ceb_2": {"0": {"clean": 0.5}, "2": {"clean": 0.9}},
        "ceb_3": {"0": {"clean": 0.6}},
        "plain_1": {"0": {"clean": 0.9}},
    }
    record = {"figures": {"cifar10_few": models}}
    monkeypatch.setattr(cifar10, "load", lambda name: record)
    assert cifar10.earlier_rho() == 3


def test_a_study_is_of_training_on_clean_images(monkeypatch):
    plain, fast = result(2.0, 0, [0.5]), result(2.0, 0, [0.5])
    fast["settings"] = {**fast["settings"], "adversary": "fast"}
    study = {"ceb_2": [plain], "fast_ceb_2": [fast]}
    monkeypatch.setattr(cifar10.summary, "load", lambda folder: study)
    assert cifar10.models.__wrapped__("folder") == {"ceb_2": [plain]}
