import numpy as np

from examples.cifar10 import summary
from examples.cifar10 import tables


def result(seed, clean, pgd, nats=1.0, ece=0.1, rho=None, attacks=None):
    curve = [
        {"attack": {"eps": eps}, "accuracy": accuracy}
        for eps, accuracy in zip(
            np.array([0.5, 1, 2, 4]) / 255, (0.9, pgd, pgd, pgd), strict=True
        )
    ]
    report = {
        "curves": {"linf": curve},
        "clean": {"ece": ece, "num_images": 10},
        "attacks": attacks or [],
    }
    return {
        "settings": {"rho": rho, "jump_start": True},
        "provenance": [{"step": "training", "seeds": [seed]}],
        "figures": {
            "epochs": [{}, {"val_accuracy": clean, "val_rex": nats}],
            "report": report,
        },
    }


def test_before_and_after_are_of_the_same_seeds():
    titles = list(tables.COMPARED)
    earlier = {
        "ceb_2": {
            "0": dict(zip(titles, (0.5, 0.3, 7.0, 0.1), strict=True)),
            "1": dict(zip(titles, (0.7, 0.5, 9.0, 0.3), strict=True)),
        }
    }
    study = {
        "ceb_2": [
            result(0, 0.6, 0.4, 1.0, 0.2),
            result(1, 0.6, 0.2, 2.0, 0.2),
            result(2, 0.0, 0.0, 0.0, 0.0),
        ]
    }
    assert tables.before_and_after("few", earlier, study) == [
        ["few", "ceb_2", "2", "0.600, 0.600", "0.400, 0.300"]
        + ["8.000, 1.500", "0.200, 0.200"]
    ]


def test_leads_are_of_the_same_seed(monkeypatch):
    attack = [{"attack": {"eps": 1 / 255}, "accuracy": 0.4}]
    study = {
        "baseline": [
            result(0, 0.5, 0.2, attacks=attack),
            result(1, 0.7, 0.5),
        ],
        "ceb_2": [
            result(1, 0.8, 0.4, rho=2.0),
            result(0, 0.9, 0.6, rho=2.0, attacks=attack),
        ],
        "ceb_3": [result(0, 0.1, 0.1, rho=3.0)],
    }
    monkeypatch.setattr(summary, "load", lambda folder: study)
    lines = tables.leads("folder").splitlines()
    pgd = "+15.0 (-10.0 to +40.0), 1 of 2"
    assert lines[0].startswith("| model | clean | PGD-20 linf 1/255 |")
    assert lines[2] == (
        "| ceb_2 | +25.0 (+10.0 to +40.0), 2 of 2 | "
        f"{pgd} | {pgd} | {pgd} | +0.0 (+0.0 to +0.0), 0 of 1 |"
    )
    assert lines[3] == ""
