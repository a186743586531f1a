"""The bisection, and the figures of AttackBench's results, by hand."""

import keras
import numpy as np
import pytest

pytest.importorskip("sklearn")
if keras.config.backend() != "torch":
    pytest.skip("PyTorch's tools", allow_module_level=True)

import torch  # noqa: E402

from benchmarks import attackbench as study  # noqa: E402

# The images are single numbers; class 1 begins at these.
BOUNDARIES = torch.tensor([0.3, 0.7, 5.0])


def model(images):
    above = (images[:, 0] >= BOUNDARIES).float()
    return torch.stack([1 - above, above], dim=1)


def run(search):
    labels = torch.zeros(3, dtype=torch.long)
    return search(model, torch.zeros(3, 1), labels)[:, 0].numpy()


def test_the_bisection_by_hand():
    radii = []

    def attack(model, inputs, labels, radius):
        radii.append(radius.tolist())
        return inputs + radius[:, None]

    found = run(study.bisected(attack, "l2", 4))
    assert radii == [
        [0.5, 0.5, 0.5],
        [0.25, 1.0, 1.0],
        [0.375, 0.75, 2.0],
        [0.3125, 0.625, 4.0],
    ]
    # The last at which each was misclassified; nothing for the third.
    np.testing.assert_array_equal(found, np.float32([0.3125, 0.75, 0]))


def test_images_of_one_radius_are_attacked_together():
    sizes = []

    def attack(model, inputs, labels, radius):
        assert isinstance(radius, float) and len(inputs) == len(labels)
        sizes.append(len(inputs))
        return inputs + radius

    found = run(study.bisected(study.per_radius(attack), "l2", 2))
    np.testing.assert_array_equal(found, np.float32([0.5, 1.0, 0]))
    assert sizes == [3, 1, 2]


def test_attacks_of_one_name_in_every_tool(monkeypatch):
    monkeypatch.setattr(study, "adv_lib_attack", lambda *a, **k: None)
    monkeypatch.setattr(study, "adv_lib_apgd", lambda *a: None)
    monkeypatch.setattr(study, "foolbox_attack", lambda *a: None)
    monkeypatch.setattr(study, "foolbox_pgd", lambda *a: None)
    chosen = {n: study.attacks(n, 9, 2, 6) for n in ("l0", "l1", "l2", "linf")}
    assert [len(found) for found in chosen.values()] == [3, 4, 12, 8]
    for found in chosen.values():
        tools = {tool for tool, attack in found if attack == "FMN"}
        assert tools == {"keras_ceb", "adv_lib", "foolbox"}


def test_figures(monkeypatch):
    class Harness:
        @staticmethod
        def compare_attacks_optimality(results, norm, names):
            assert names == ["keras_ceb/FMN"] and norm == "l2"
            return {"optimality_scores": {"keras_ceb/FMN": np.float64(0.5)}}

    monkeypatch.setattr(study, "harness", lambda: Harness)
    result = {
        "correct": [False, True, True, True],
        "distances": {"l2": [0.0, 1.0, 2.0, float("inf")]},
        "num_forwards": [2, 10, 10, 10],
        "num_backwards": [0, 10, 10, 8],
        "times": [1.5, 0.5],
    }
    case = {"model": "plain", "norm": "l2"}
    (row,) = study.rows(case, {("keras_ceb", "FMN"): result})
    assert row == {
        **case,
        "tool": "keras_ceb",
        "attack": "FMN",
        "optimality": 0.5,
        "median": 2.0,
        "found": pytest.approx(2 / 3),
        "queries": 15.0,
        "seconds": 2.0,
    }
