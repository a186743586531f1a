import json

import pytest

from examples.cifar10 import summary
from examples.common import results


def result(folder, name, rho, accuracies, preset="cpu", **settings):
    for seed, accuracy in enumerate(accuracies):
        record = {
            "settings": {
                "experiment": name,
                "preset": preset,
                "rho": rho,
                "classifier": "linear",
                "jump_start": not name.startswith("plain"),
                **settings,
            },
            "provenance": [{"step": "training", "seeds": [seed]}],
            "figures": {
                "epochs": [{"val_accuracy": 0.1}, {"val_accuracy": accuracy}]
            },
        }
        assert summary.file_name(record) == f"{name}-seed{seed}.json"
        results.write(folder / summary.file_name(record), **record)


def test_the_papers_rule_takes_the_lower_rho_of_equals(tmp_path):
    result(tmp_path, "baseline", None, [0.9, 0.9])
    result(tmp_path, "ceb_4", 4.0, [0.7, 0.9])
    result(tmp_path, "ceb_2", 2.0, [0.9, 0.7])
    result(tmp_path, "ceb_-1", -1.0, [0.2, 0.3])
    study = summary.load(tmp_path)
    assert list(study) == ["baseline", "ceb_-1", "ceb_2", "ceb_4"]
    assert [rho for rho, _ in summary.linear_ceb(study)] == [-1, 2, 4]
    assert summary.selected_rho(study) == 2.0


def test_the_papers_rule_compares_the_same_seeds(tmp_path):
    result(tmp_path, "ceb_1", 1.0, [0.8, 0.7])
    result(tmp_path, "ceb_2", 2.0, [0.9, 0.7, 0.1])
    assert summary.selected_rho(summary.load(tmp_path)) == 2.0


def test_models_without_the_jump_start_stand_apart(tmp_path):
    for name in ("ceb_1", "plain_1"):
        result(tmp_path, name, 1.0, [0.5])
    study = summary.load(tmp_path)
    assert list(study) == ["ceb_1", "plain_1"]
    assert list(summary.jump_started(study)) == ["ceb_1"]


def test_models_trained_on_attacks_stand_apart(tmp_path):
    result(tmp_path, "ceb_1", 1.0, [0.5])  # Before there were any.
    result(tmp_path, "ceb_2", 2.0, [0.5], adversary=None)
    result(tmp_path, "madry", None, [0.5], adversary="madry")
    result(tmp_path, "fast_ceb_2", 2.0, [0.9], adversary="fast")
    study = summary.load(tmp_path)
    assert list(summary.trained_on_clean(study)) == ["ceb_1", "ceb_2"]
    attacked = summary.trained_on_attacks(study)
    assert list(attacked) == ["madry", "fast_ceb_2"]
    # The paper's rule chooses among those of the paper.
    assert summary.selected_rho(study) == 1.0
    assert summary.selected_rho(attacked) is None


def test_epochs_without_validation_are_left_out():
    epochs = [
        {"epoch": 0, "accuracy": 0.1},
        {"epoch": 1, "accuracy": 0.2, "val_accuracy": 0.3},
    ]
    result = {"figures": {"epochs": epochs}}
    found = summary.against_epochs(result, "val_accuracy")
    assert found == ([2], [0.3])
    found = summary.against_epochs(result, "accuracy")
    assert found == ([1, 2], [0.1, 0.2])


def test_autoattack_by_radius():
    attacks = [
        {"attack": {"eps": eps}, "accuracy": accuracy}
        for eps, accuracy in ((0.1, 0.5), (0.2, 0.25))
    ]
    found = summary.autoattack({"figures": {"report": {"attacks": attacks}}})
    assert found == {0.1: 0.5, 0.2: 0.25}


def test_presets_are_not_mixed(tmp_path):
    result(tmp_path, "baseline", None, [0.9])
    result(tmp_path, "ceb_2", 2.0, [0.9], preset="smoke")
    with pytest.raises(ValueError, match="one preset.*cpu, smoke"):
        summary.load(tmp_path)


def test_half_written_files_and_other_versions(tmp_path):
    result(tmp_path, "ceb_2", 2.0, [0.9])
    file = tmp_path / "ceb_2-seed0.json"
    whole = file.read_text()
    file.write_text(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match="not whole.*ceb_2-seed0"):
        summary.load(tmp_path)
    file.write_text(json.dumps({**json.loads(whole), "format": 0}))
    with pytest.raises(ValueError, match="format 2.*of format 0"):
        summary.load(tmp_path)
