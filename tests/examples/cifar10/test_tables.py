import json
import pathlib
import shutil

import numpy as np

from examples.cifar10 import summary
from examples.cifar10 import tables

RESULTS = pathlib.Path(__file__).parents[3] / "results" / "cifar10_few"


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


def test_what_was_trained_on_attacks_has_its_own_table(tmp_path):
    for name in ("baseline", "ceb_4"):
        file = f"{name}-seed0.json"
        shutil.copy(RESULTS / file, tmp_path / file)
        record = json.loads((RESULTS / file).read_text())
        record["settings"] |= {
            "experiment": f"fast_{name}",
            "adversary": "fast",
            "train_eps": 4 / 255,
        }
        fast = tmp_path / f"fast_{file}"
        fast.write_text(json.dumps(record))
    parts = tables.models(tmp_path).split("\n\n")
    clean, attacked = "\n\n".join(parts[:2]), "\n\n".join(parts[2:])
    for text, names in (
        (clean, ["baseline", "ceb_4"]),
        (attacked, ["fast_baseline", "fast_ceb_4"]),
    ):
        rows = text.splitlines()[2:4]
        assert [row.split(" | ")[0] for row in rows] == [
            f"| {n}" for n in names
        ]
        assert text.splitlines()[4] == ""
    images = "80 epochs on the first 2,000 images of CIFAR-10"
    assert f"{images}. Means" in clean and "rho = 4." in clean
    assert f"{images}, attacked at 4/255 in L-infinity. Means" in attacked
    assert "the paper's rule" not in attacked
    assert "fast" not in tables.leads(tmp_path)
