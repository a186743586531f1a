"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import studies


def result(seed, clean, attacked, ece):
    measures = {
        "clean": {
            "accuracy": clean,
            "ece": ece,
            "scaled_ece": ece / 2,
            "rex": 100 * ece,
        },
        "autoattack linf 0.00196078": {"accuracy": attacked},
        "ood": {
            "sets": {
                "noise": {
                    "energy": {"auroc": clean - ece},
                    "marginal": {"auroc": clean},
                }
            }
        },
    }
    return {
        "figures": {"measures": measures},
        "provenance": [{"step": "training", "seeds": [seed]}],
    }


@pytest.fixture
def study(monkeypatch):
    study = {
        # A seed that the other one lacks does not count against it.
        "baseline": [result(s, 0.9, 0.5, 0.04) for s in (0, 1)]
        + [result(2, 0.1, 0.1, 0.9)],
        "ceb_3": [result(1, 0.8, 0.25, 0.01), result(0, 0.9, 0.5, 0.03)],
    }
    monkeypatch.setattr(studies, "models", lambda folder: study)


def test_accuracy_against_that_of_another_model(study):
    assert studies.against("folder", "clean") == "85.0 % against 90.0 %"
    measure = studies.radius("autoattack", 0.5)
    assert studies.against("folder", measure) == "37.5 % against 50.0 %"


def test_calibration_error_against_that_of_another_model(study):
    assert studies.ece("folder", scaled=False) == "0.020 against 0.040"
    assert studies.ece("folder", scaled=True) == "0.010 against 0.020"


def test_how_well_scores_find_other_images(study):
    # The density of CEB, the energy of cross-entropy.
    assert studies.auroc("folder", "noise") == "0.850 against 0.860"


def test_residual_information(study):
    assert studies.residual_information("folder") == "2.0"
