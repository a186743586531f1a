"""Figures in sentences, against numbers found by hand."""

import pytest

from results import prose


@pytest.mark.parametrize(
    ("values", "text"),
    [([3], "3"), ([0, 1], "0 and 1"), ([0, 1, 2], "0, 1 and 2")],
)
def test_lists(values, text):
    assert prose.listed(values) == text


@pytest.mark.parametrize(
    ("number", "text"), [(6, "six"), (10, "ten"), (80, "80"), (2000, "2,000")]
)
def test_numbers(number, text):
    assert prose.word_or_number(number) == text


def test_units():
    assert prose.share(0.276) == "28 %"
    assert prose.share(0.00691, 1) == "0.7 %"
    assert prose.of_255(0.00392156862745098) == "1/255"
    # 1.96 sqrt(0.7 x 0.3 / 100) is 0.0898.
    assert prose.interval(0.7, 100) == pytest.approx(8.98, abs=0.01)


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
    monkeypatch.setattr(prose, "cifar10", lambda folder: study)
    return study


def test_figures_of_a_study(study):
    assert prose.shared_seeds() == [0] and prose.other_seeds() == [2]
    assert prose.chosen() == "ceb_2"
    assert prose.with_the_seeds_of_the_baseline() == ["baseline", "ceb_2"]
    # At the third epoch the baseline has 0.5 and the other 0.6.
    assert prose.ahead_until() == 2
    assert prose.hyz("baseline", 2) == "0.60"
    assert prose.hyz("baseline") == "0.40"
    assert prose.autoattack_of_pgd("folder") == pytest.approx(0.4)


def test_the_rho_of_before(study, monkeypatch):
    models = {
        "ceb_2": {"0": {"clean": 0.5}, "2": {"clean": 0.9}},
        "ceb_3": {"0": {"clean": 0.6}},
        "plain_1": {"0": {"clean": 0.9}},
    }
    record = {"figures": {"cifar10_few": models}}
    monkeypatch.setattr(prose, "load", lambda name: record)
    assert prose.earlier_rho() == 3


def program(flops, missing=None):
    cost = {"flops": flops, "bytes": 2 * flops}
    figures = {"chips": 16, "per_chip": cost, "missing_gib": missing or {}}
    return {"figures": figures}


def test_programs_of_a_tpu(monkeypatch):
    found = {
        ("resnet50_xent", "train"): program(100),
        ("resnet50_ceb_3", "train"): program(
            101, {"v5e:2x2": 27.92, "v5e:2x4": 0.51}
        ),
        ("resnet50_ceb_3", "attack_l2"): program(500),
    }
    monkeypatch.setattr(prose, "tpu", lambda: found)
    assert prose.tpu_more("flops") == pytest.approx(0.01)
    assert prose.tpu_fit("resnet50", "chips") == "16"
    assert prose.tpu_fit("resnet50", "too_few") == "8"
    assert prose.tpu_fit("resnet50", "missing") == "0.5 GiB"


def test_what_withstands_autoattack(monkeypatch):
    def attacked(*accuracies):
        return [
            {
                "settings": {"radii": {"autoattack": [8 / 255]}},
                "figures": {
                    "measures": {"autoattack 8/255": {"accuracy": accuracy}}
                },
            }
            for accuracy in accuracies
        ]

    study = {
        ("preact", False, "baseline"): attacked(0.0),
        ("preact", False, "ceb_4"): attacked(0.01, 0.03),
        ("preact", True, "baseline"): attacked(0.4, 0.5),
        ("wrn", True, "ceb_4"): attacked(0.3),
    }
    monkeypatch.setattr(prose, "gpu", lambda: study)
    assert prose.gpu_withstood(False) == pytest.approx((0.0, 0.02))
    assert prose.gpu_withstood(True) == pytest.approx((0.3, 0.45))
    assert prose.FIGURES["gpu.plain_withstood"]() == "2 %"
    assert prose.FIGURES["gpu.fast_withstood"]() == "30 % to 45 %"


def test_what_an_adversarial_step_takes(monkeypatch):
    seconds = {"step wrn-fast": 0.03, "step wrn-plain": 0.02}
    seconds |= {"step preact-fast": 0.05, "step preact-plain": 0.02}
    record = {"figures": {"seconds": seconds}}
    monkeypatch.setattr(prose, "load", lambda name: record)
    assert prose.gpu_step("wrn") == pytest.approx(1.5)
    assert prose.FIGURES["gpu.fast_step"]() == "2.5"


def test_a_study_is_of_training_on_clean_images(monkeypatch):
    plain, fast = result(2.0, 0, [0.5]), result(2.0, 0, [0.5])
    fast["settings"] = {**fast["settings"], "adversary": "fast"}
    study = {"ceb_2": [plain], "fast_ceb_2": [fast]}
    monkeypatch.setattr(prose.summary, "load", lambda folder: study)
    assert prose.cifar10.__wrapped__("folder") == {"ceb_2": [plain]}


def test_an_equivalent_change_is_left_out_of_the_score(monkeypatch):
    figures = {
        "one": {"changes": 7, "equivalent": ["3: x"], "survived": ["4: y"]},
        "two": {"changes": 4, "equivalent": [], "survived": []},
    }
    monkeypatch.setattr(prose, "load", lambda name: {"figures": figures})
    # 10 could be noticed, 9 are.
    assert prose.mutation_score() == pytest.approx(0.9)
