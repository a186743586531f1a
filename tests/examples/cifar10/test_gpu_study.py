"""The GPU study at a size that a CPU does, as users run it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import pytest

from tests.examples.cifar10 import files

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "jax", reason="needs the JAX backend"
)
ROOT = pathlib.Path(__file__).parents[3]


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    return files.write(tmp_path_factory.mktemp("data"), side=8)


def start(data, folder):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "examples.cifar10.gpu_study",
            "--minutes=30",
            "--preset=smoke",
            f"--data={data}",
            f"--workdir={folder}",
        ],
        cwd=ROOT,
        env={**os.environ, "KERAS_CEB_COMMIT": "0" * 40},
    )


@pytest.mark.slow
def test_a_killed_study_goes_on_with_its_plan(cifar10, tmp_path):
    results = tmp_path / "results"
    process = start(cifar10, tmp_path)
    deadline = time.time() + 300
    while not list(results.glob("*.json")):
        assert time.time() < deadline
        assert process.poll() in (None, 0)
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (first,) = results.glob("*.json")
    written = first.stat().st_mtime_ns
    plan = json.loads((tmp_path / "plan.json").read_text())
    # 30 minutes are enough for the longest.
    assert plan["epochs"] == 2
    assert 0 < plan["seconds"]["step preact-fast"] < 60

    assert start(cifar10, tmp_path).wait() == 0
    assert first.stat().st_mtime_ns == written
    found = [json.loads(f.read_text()) for f in sorted(results.glob("*"))]
    assert [r["seed"] for r in found] == [0, 1]
    for result in found:
        assert len(result["history"]) == result["epochs"] == 2
        assert result["measures"]["clean"]["images"] == 16
        attack = result["measures"]["autoattack 8/255"]
        assert len(attack["stands"]) == attack["images"] == 8
        assert attack["stands"].count("1") == 8 * attack["accuracy"]
        assert result["command"].startswith(
            "python -m examples.cifar10.gpu_study --minutes=30"
        )
