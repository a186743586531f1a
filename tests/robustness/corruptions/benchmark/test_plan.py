import importlib.util

import numpy as np

from keras_ceb._src.robustness.corruptions.benchmark import plan as plans
from keras_ceb.robustness import corruptions

TEXTURE = np.full((40, 40, 3), 250, "uint8")


def make(**options):
    suite = corruptions.CorruptionSuite(["fog", "frost"], [2, 5], **options)
    return plans.make_plan(suite)


def test_every_corruption_at_every_severity():
    plan = make(textures=[TEXTURE])
    assert plan.runs == (
        ("fog", "fog", 2),
        ("fog", "fog", 5),
        ("frost", "frost", 2),
        ("frost", "frost", 5),
    )
    np.testing.assert_array_equal(plan.textures, [TEXTURE])
    assert plan.left_out == {}


def test_frost_without_photographs_is_left_out(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    plan = make()
    assert [run.name for run in plan.runs] == ["fog", "fog"]
    assert plan.textures is None
    assert "photographs" in plan.left_out["frost"]
    plan.print_left_out()
    assert "frost is left out: " in capsys.readouterr().out


def test_synthetic_frost_is_kept_apart():
    plan = make(textures="synthetic")
    assert plan.runs[2:] == (
        ("frost (synthetic)", "frost", 2),
        ("frost (synthetic)", "frost", 5),
    )
    assert len(plan.textures) == 5
    assert "synthetic texture" in plan.left_out["frost"]
    # No summary takes it for one of the 15.
    assert plans.SYNTHETIC_FROST not in corruptions.CORRUPTIONS


def test_a_suite_without_frost_needs_no_textures():
    suite = corruptions.CorruptionSuite(["fog"], 3, textures="nowhere")
    plan = plans.make_plan(suite)
    assert plan.runs == (("fog", "fog", 3),)
    assert plan.textures is None and not plan.left_out
