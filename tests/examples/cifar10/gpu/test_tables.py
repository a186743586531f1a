"""The tables of the GPU study, by hand."""

import pytest

from examples.cifar10.gpu import record
from examples.cifar10.gpu import tables
from examples.common import workdir
from examples.common.results import read
from tests.results.schema import check_schema


def raw(head, seed, stands, preset="full"):
    """What the study writes of a model."""
    share = stands.count("1") / len(stands)
    attack = {"eps": 1 / 255, "accuracy": share, "seconds": 2.4, "clean": 0.9}
    return {
        "network": "preact",
        "fast": False,
        "head": head,
        "seed": seed,
        "preset": preset,
        "settings": {
            "policy": "float32",
            "batch_size": 8,
            "noise": "ball",
            "pgd": {},
            "autoattack": {},
            "epochs": [2, 1],
        },
        "epochs": 1,
        "workers": 3,
        "parameters": 5,
        "history": [{"epoch": 0, "seconds": 7.6, "rex": 1.5}],
        "measures": {
            "clean": {
                "accuracy": 0.9,
                "images": 9,
                "ece": 0.25,
                "nll": 0.5,
                "seconds": 1.0,
            },
            "pgd 1/255": attack,
            "autoattack 1/255": {**attack, "stands": stands, "images": 8},
        },
        "command": "python -m examples.cifar10.gpu_study",
        "commit": "0" * 40,
        "modified": False,
        "hardware": "1 x a GPU",
        "backend": "jax",
        "versions": {"keras": "3.15.1", "numpy": "2.5.2", "jax": "0.11.2"},
        "date": "2026-01-01",
    }


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    found = [
        raw("baseline", 0, "11110000"),
        raw("baseline", 1, "11000000"),
        raw("ceb_4", 0, "00011111"),
    ]
    for row in found:
        name = f"preact-plain-{row['head']}-seed{row['seed']}.json"
        workdir.write(folder / "results" / name, row)
    seconds = {
        f"{what} {network}{kind}": value
        for network in ("preact", "wrn")
        for what, kind, value in (
            ("step", "-plain", 0.002),
            ("step", "-fast", 0.005),
            ("gradient", "", 0.001),
        )
    }
    workdir.write(folder / "plan.json", {"epochs": 1, "seconds": seconds})
    workdir.write(folder / "clock.json", {"calls": {"1.0": 60.4, "2.0": 30}})
    return folder


def test_a_study_is_filed_and_shown(study, tmp_path):
    folder = tmp_path / "results"
    assert record.file_study(study, folder, "1" * 40) == 3
    for file in folder.glob("*.json"):
        check_schema(read(file))
    result = read(folder / "preact-plain-ceb_4-seed0.json")
    training, measurement = result["provenance"]
    assert training["commit"] == "1" * 40 and training["modified"] is False
    assert (training["seconds"], measurement["seconds"]) == (8, 6)
    radii = {"pgd": [1 / 255], "autoattack": [1 / 255]}
    assert result["settings"]["radii"] == radii

    baseline, ceb = tables.models(folder, fast=False).splitlines()[2:4]
    assert "| baseline | 2 | 0.900 (0.900 to 0.900) | " in baseline
    assert "| 0.375 (0.250 to 0.500) | 0.250 | 0.500 | 1.50 |" in baseline
    assert "| ceb_4 | 1 | 0.900 | 0.625 | 0.625 | 0.250" in ceb
    (lead,) = tables.leads(folder).splitlines()[2:3]
    # One image stands for both, three for the baseline alone, four for CEB.
    assert lead.endswith("| +0.0 | +12.5 | +12.5 | 4 : 3 | 1 |")
    assert "| 2.0 | 5.0 | 2.50 | 1.0 |" in tables.steps(folder)
    assert "90 s; Keras 3.15.1, JAX 0.11.2." in tables.steps(folder)


def test_the_commit_that_the_study_found(study, tmp_path):
    record.file_study(study, tmp_path / "results")
    result = read(tmp_path / "results" / "preact-plain-ceb_4-seed0.json")
    assert result["provenance"][0]["commit"] == "0" * 40


def test_only_full_studies_are_filed(tmp_path):
    with pytest.raises(ValueError, match="with no result"):
        record.file_study(tmp_path, tmp_path / "results")
    workdir.write(
        tmp_path / "results" / "a.json", raw("ceb_4", 0, "10", "smoke")
    )
    with pytest.raises(ValueError, match="with smoke"):
        record.file_study(tmp_path, tmp_path / "filed")
