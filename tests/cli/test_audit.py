import json

import pytest

from keras_ceb._src.cli import audit
from keras_ceb.robustness import AuditReport
from keras_ceb_cli import main
from tests.robustness.report.test_report import make_report


@pytest.fixture
def audited(files, monkeypatch):
    """Audits are those of the tests of `audit`; here, what reaches them."""
    calls = []

    def fake(classifier, data, norm, eps):
        calls.append((classifier.name, classifier.bounds, norm, eps))
        flagged = make_report().audit
        return flagged if norm == "linf" else AuditReport([], 4, norm, eps)

    monkeypatch.setattr(audit, "audit", fake)

    def run(*extra):
        command = ["audit", str(files / "model.keras"), "--data"]
        command += [str(files / "data.npz"), "--bounds", "0", "255"]
        return main([*command, *extra]), calls.pop()

    return run


@pytest.mark.filterwarnings("default:`bounds`")
def test_flags_are_an_exit_code(audited, capsys):
    code, call = audited("--eps", "2/255")
    assert code == 3
    assert call == ("model", (0.0, 255.0), "linf", pytest.approx(2))
    printed = capsys.readouterr()
    assert "FLAG" in printed.out and "flagged by the audit" in printed.err
    code, call = audited("--norm", "l2", "--json")
    assert code == 0 and call[-1] == 127.5
    assert json.loads(capsys.readouterr().out)["passed"] is True
