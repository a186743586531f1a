"""What the command does without importing Keras, which takes seconds."""

import json
import os
import subprocess
import sys

import pytest

from keras_ceb_cli.bare_package import bare_package
from tests.robustness.report.test_saved import full_report

HEAVY = {"jax", "keras", "tensorflow", "torch"}
COMMANDS = {
    "keras-ceb": ["-c", "import sys, keras_ceb_cli as k; sys.exit(k.main())"],
    "python -m keras_ceb": ["-m", "keras_ceb"],
}


def imported_by(arguments, tmp_path):
    """The result of a command, and the packages that it imported."""
    result = subprocess.run(
        [sys.executable, "-X", "importtime", *arguments],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    lines = result.stderr.splitlines()
    names = {
        line.rpartition("|")[2].strip()
        for line in lines
        if line.startswith("import time:")
    }
    assert "argparse" in names
    rest = [x for x in lines if not x.startswith("import time:")]
    return result, rest, HEAVY & names


@pytest.mark.parametrize("command", COMMANDS)
def test_a_report_is_rendered(command, tmp_path):
    report = full_report()
    report.to_json(tmp_path / "report.json")
    arguments = [*COMMANDS[command], "report", "report.json", "--debug"]
    result, errors, heavy = imported_by(arguments, tmp_path)
    assert (result.returncode, errors, heavy) == (0, [], set())
    assert (tmp_path / "report.md").read_text() == report.to_markdown()
    assert json.loads((tmp_path / "report.json").read_text())
    assert "</html>" in (tmp_path / "report.html").read_text()


def test_help_of_the_module(tmp_path):
    arguments = [*COMMANDS["python -m keras_ceb"], "--help"]
    result, errors, heavy = imported_by(arguments, tmp_path)
    assert (result.returncode, errors, heavy) == (0, [], set())
    assert result.stdout.startswith("usage: keras-ceb ")
    result, errors, heavy = imported_by([*arguments[:-1], "audit"], tmp_path)
    assert (result.returncode, len(errors), heavy) == (1, 1, set())


def test_a_package_is_bare_for_a_while(tmp_path, monkeypatch):
    package = tmp_path / "package_of_a_test"
    package.mkdir()
    (package / "__init__.py").write_text("whole = True")
    (package / "module.py").write_text("number = 3")
    monkeypatch.syspath_prepend(tmp_path)
    with bare_package("package_of_a_test"):
        import package_of_a_test.module

        assert package_of_a_test.module.number == 3
        assert not hasattr(package_of_a_test, "whole")
    assert not [name for name in sys.modules if "package_of_a_test" in name]
    import package_of_a_test

    assert package_of_a_test.whole
    with bare_package("package_of_a_test"):
        assert sys.modules["package_of_a_test"] is package_of_a_test
    assert sys.modules["package_of_a_test"] is package_of_a_test
