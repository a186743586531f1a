import json

import numpy as np
import pytest

from keras_ceb._src.robustness.audit.audit_report import AuditReport
from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.robustness.report import html as report_html
from keras_ceb._src.robustness.report.report import RobustnessReport
from keras_ceb._src.robustness.report.report import check_reports
from keras_ceb._src.robustness.result import Example
from keras_ceb._src.robustness.result import RobustAccuracy


def make_result(eps, robust, norm="linf", **settings):
    robust = np.array(robust, bool)
    config = {"name": "PGD-20", "norm": norm, "eps": eps, "bounds": (0.0, 1.0)}
    config.update(settings)
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
    assert text.split("\n\n")[2].startswith("Without an attack, all 4")
    assert "residual information, wrong answers, nats | none" in text
    assert "2 files left out" in text


def make_report_of_one_name(name="model", robust=(1, 0, 1, 1)):
    """Three attacks of one name and radius, of which two differ in a loss."""
    report = make_report(name)
    report.attacks = [
        make_result(0.1, (1, 1, 1, 0), loss="margin", seed=0),
        make_result(0.1, robust, loss="dlr", seed=0),
        make_result(0.1, (1, 0, 0, 0), loss="dlr", seed=1),
    ]
    # A point of the curve that is one of the attacks, and one of its own.
    report.curves = {
        "linf": [make_result(0.1, (1, 1, 1, 0), loss="margin", seed=0)],
        "l2": [make_result(0.1, (0, 0, 0, 0), "l2", loss="margin", seed=0)],
    }
    return report


ROWS = [
    ("PGD-20 (no. 1)", 0.75),
    ("PGD-20 (no. 2)", 0.75),
    ("PGD-20 (no. 3)", 0.25),
]


def test_attacks_of_one_name_keep_their_rows():
    report = make_report_of_one_name()
    text = report.to_markdown()
    for name, accuracy in ROWS:
        assert text.count(f"| {name} | linf | 0.1 | {accuracy:.4f} |") == 1
    # Alone in its table, an attack keeps its name.
    assert "| PGD-20 | linf | 0.1 | 0.7500 |" in text
    content = json.loads(report.to_json())
    assert [a["attack"]["loss"] for a in content["attacks"]] == [
        "margin",
        "dlr",
        "dlr",
    ]
    assert [a["accuracy"] for a in content["attacks"]] == [0.75, 0.75, 0.25]


@pytest.mark.parametrize("form", ["json", "markdown", "html"])
def test_a_path_that_cannot_be_written(report, tmp_path, monkeypatch, form):
    write = getattr(report, f"to_{form}")
    # Nothing is drawn or written first.
    monkeypatch.setattr(RobustnessReport, "to_dict", None)
    monkeypatch.setattr(report_html, "page", None)
    with pytest.raises(ValueError, match="`path` must be.*is a folder"):
        write(tmp_path)
    with pytest.raises(ValueError, match="`path` must lie in a folder"):
        write(tmp_path / "none" / "report")
    with pytest.raises(TypeError, match="`path` must be the path of a file"):
        write(3)


def test_reports_as_an_argument(report):
    assert check_reports(report) == [report]
    assert check_reports((report, report)) == [report, report]
    for wrong in ("report", 3, None, [report, {}], [report.to_dict()]):
        with pytest.raises(TypeError, match="`reports` must be.*Received"):
            check_reports(wrong)
