"""The script behind the site's report writes what the site renders."""

import pathlib
import subprocess
import sys

import pytest

from keras_ceb.robustness import Comparison

ROOT = pathlib.Path(__file__).parents[2]
FILE = ROOT / "docs" / "reports" / "quickstart.json"


@pytest.mark.slow
def test_a_small_report(tmp_path):
    pytest.importorskip("sklearn")
    file = tmp_path / "report.json"
    subprocess.run(
        [sys.executable, "-m", "examples.live_report", f"--file={file}"]
        + ["--images=12", "--test_size=40", "--epochs=3"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    comparison = Comparison.from_json(file)
    assert [r.name for r in comparison.reports] == ["cross_entropy", "ceb"]
    assert comparison.paired


def test_the_committed_report_can_be_read():
    comparison = Comparison.from_json(FILE)
    first, second = comparison.reports
    assert first.clean["num_images"] == second.clean["num_images"] == 300
    assert "/tmp" not in FILE.read_text()
