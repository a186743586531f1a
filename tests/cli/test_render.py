import json

import pytest

from keras_ceb.robustness import Comparison
from keras_ceb_cli import main
from tests.robustness.report.test_report import make_report


def test_a_report_is_rendered_again(tmp_path, capsys):
    report = make_report()
    report.to_json(tmp_path / "report.json")
    assert main(["report", str(tmp_path / "report.json")]) == 0
    assert (tmp_path / "report.md").read_text() == report.to_markdown()
    assert "<!doctype html>" in (tmp_path / "report.html").read_text()
    assert capsys.readouterr().out.endswith(f"Written to {tmp_path}\n")


def test_a_comparison_is_rendered_again(tmp_path, capsys):
    comparison = Comparison([make_report("a"), make_report("b")])
    comparison.to_json(tmp_path / "c.json")
    command = ["report", str(tmp_path / "c.json"), "--json"]
    assert main([*command, "--output", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed) == json.loads(comparison.to_json())
    names = [path.name for path in (tmp_path / "out").iterdir()]
    assert sorted(names) == ["c.html", "c.json", "c.md"]


@pytest.mark.parametrize("text", ["", "{}", '{"reports": []}', "[1]"])
def test_files_that_are_no_report(tmp_path, capsys, text):
    (tmp_path / "report.json").write_text(text)
    assert main(["report", str(tmp_path / "report.json")]) == 1
    error = capsys.readouterr().err
    assert "that `to_json` wrote" in error and error.count("\n") == 1
    assert main(["report", str(tmp_path / "none.json")]) == 1
    assert "none.json' does not exist" in capsys.readouterr().err
