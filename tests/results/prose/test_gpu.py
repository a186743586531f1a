"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import gpu


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
    monkeypatch.setattr(gpu, "models", lambda: study)
    assert gpu.withstood(False) == pytest.approx((0.0, 0.02))
    assert gpu.withstood(True) == pytest.approx((0.3, 0.45))
    assert gpu.FIGURES["gpu.plain_withstood"]() == "2 %"
    assert gpu.FIGURES["gpu.fast_withstood"]() == "30 % to 45 %"


def test_what_an_adversarial_step_takes(monkeypatch):
    seconds = {"step wrn-fast": 0.03, "step wrn-plain": 0.02}
    seconds |= {"step preact-fast": 0.05, "step preact-plain": 0.02}
    record = {"figures": {"seconds": seconds}}
    monkeypatch.setattr(gpu, "load", lambda name: record)
    assert gpu.step("wrn") == pytest.approx(1.5)
    assert gpu.FIGURES["gpu.fast_step"]() == "2.5"
