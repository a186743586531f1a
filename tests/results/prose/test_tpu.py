"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import tpu


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
    monkeypatch.setattr(tpu, "programs", lambda: found)
    assert tpu.more("flops") == pytest.approx(0.01)
    assert tpu.fit("resnet50", "chips") == "16"
    assert tpu.fit("resnet50", "too_few") == "8"
    assert tpu.fit("resnet50", "missing") == "0.5 GiB"
