"""The recorder files what an experiment measured, at a small size."""

import json
import subprocess
import sys

import pytest

from results import record
from tests.results.schema import check_schema


def test_the_commands_of_benchmarks(monkeypatch):
    commands = []
    monkeypatch.setattr(
        record.subprocess, "run", lambda command, **_: commands.append(command)
    )
    record.main(["record.py", "attacks"])
    assert commands == [
        [sys.executable, "-m", "benchmarks.attacks", "--turns=4"]
        + ["--output=results/attacks.json"]
    ]
    for name in record.BENCHMARKS:
        module = record.MODULES.get(name, name)
        assert (record.ROOT / "benchmarks" / f"{module}.py").exists()


def test_names():
    with pytest.raises(record.app.UsageError, match="Give one of quickstart"):
        record.main(["record.py", "attack"])


def test_the_quickstart_is_filed(tmp_path, monkeypatch):
    figures = {"cross-entropy, seed 0": {"clean": 0.5}}
    settings = {"radii": {"linf": [0.1]}}

    def run(command, **_):
        folder = command[-1].removeprefix("--output=")
        with open(f"{folder}/results.json", "w") as file:
            json.dump({"settings": settings, "models": figures}, file)
        with open(f"{folder}/robustness.png", "wb") as file:
            file.write(b"picture")

    monkeypatch.setattr(record.subprocess, "run", run)
    # Git and the processor are asked in the same way.
    monkeypatch.setattr(record.provenance, "_git", lambda *_: "0" * 40)
    record.quickstart(tmp_path)
    result = json.loads((tmp_path / "quickstart.json").read_text())
    check_schema(result)
    assert result["settings"] == settings and result["figures"] == figures
    (origin,) = result["provenance"]
    assert origin["command"] == "python examples/quickstart.py --seeds=3"
    assert origin["seeds"] == [0, 1, 2]
    assert (tmp_path / "quickstart.png").read_bytes() == b"picture"


@pytest.mark.slow
def test_a_benchmark_writes_its_file(tmp_path):
    file = tmp_path / "import_time.json"
    subprocess.run(
        [sys.executable, "-m", "benchmarks.import_time", "--runs=1"]
        + [f"--output={file}"],
        cwd=record.ROOT,
        check=True,
        capture_output=True,
    )
    result = json.loads(file.read_text())
    check_schema(result)
    assert result["settings"] == {"runs": 1}
    assert result["figures"]["import_keras_seconds"] > 0
    (origin,) = result["provenance"]
    # No path of this machine.
    assert origin["command"] == (
        "python -m benchmarks.import_time --runs=1 --output=import_time.json"
    )
