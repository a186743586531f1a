import json

import numpy as np
import pytest

from keras_ceb.robustness.audit import AuditReport
from keras_ceb.robustness.audit_checks import Check
from keras_ceb.robustness.findings import Example
from keras_ceb.robustness.report import RobustnessReport
from keras_ceb.robustness.robust_accuracy import RobustAccuracy


def make_result(eps, robust, norm="linf"):
    robust = np.array(robust, bool)
    config = {"name": "PGD-20", "norm": norm, "eps": eps, "bounds": (0.0, 1.0)}
    rng = np.random.default_rng(0)
    clean, adversarial = rng.random((2, 6, 6, 3)).astype("float32")
    return RobustAccuracy(
        config,
        np.ones(len(robust), bool),
        robust,
        {"PGD-20": float(robust.mean())},
        [Example(1, 0, clean, adversarial, 0.5)],
    )


def make_report(name="model", robust=(1, 0, 1, 1), fingerprint="f"):
    check = Check("gradients", {"share": 0.25}, True, "why <b>", "someone")
    return RobustnessReport(
        name,
        {
            "num_images": 4,
            "accuracy": 1.0,
            "nll": 0.5,
            "brier": 0.1,
            "ece": 0.02,
            "fingerprint": fingerprint,
            "residual_information": {"right": 1.0, "wrong": None},
        },
        [make_result(0.1, robust)],
        {"linf": [make_result(0.05, (1, 1, 1, 1)), make_result(0.2, robust)]},
        AuditReport([check], 4, "linf", 0.1),
        notes=["2 files left out"],
    )


@pytest.fixture
def report():
    return make_report()


def test_json_holds_everything(report, tmp_path):
    text = report.to_json(tmp_path / "report.json")
    content = json.loads((tmp_path / "report.json").read_text())
    assert content == json.loads(text)
    assert content["attacks"][0]["accuracy"] == 0.75
    bits = bytes.fromhex(content["attacks"][0]["robust"])
    unpacked = np.unpackbits(np.frombuffer(bits, "uint8"))[:4]
    np.testing.assert_array_equal(unpacked, [1, 0, 1, 1])
    assert content["audit"]["passed"] is False
    assert content["notes"] == ["2 files left out"]


def test_markdown(report, tmp_path):
    text = report.to_markdown(tmp_path / "report.md")
    assert (tmp_path / "report.md").read_text() == text == str(report)
    assert "| PGD-20 | linf | 0.1 | 0.7500 |" in text
    assert "Flags: gradients." in text
    assert "residual information, wrong answers | none" in text
    assert "2 files left out" in text
