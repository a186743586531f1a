"""The CIFAR-10 study from a file of images to its figures, as users run it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

import keras_ceb  # noqa: F401 - registers what a saved model is made of
from tests.examples.cifar10 import files
from tests.results.schema import check_schema

ROOT = pathlib.Path(__file__).parents[3]


def module(name, *arguments):
    return [sys.executable, "-m", f"examples.cifar10.{name}", *arguments]


def run(name, *arguments, check=True):
    return subprocess.run(
        module(name, *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=check,
    )


@pytest.fixture(scope="module")
def cifar10(tmp_path_factory):
    return files.write(tmp_path_factory.mktemp("data"), side=32)


@pytest.mark.slow_on_jax
def test_train_evaluate_figures(cifar10, tmp_path):
    sweep = [
        "--preset=smoke",
        f"--data={cifar10}",
        "--experiments=ceb_2",
        "--seeds=3",
        f"--runs={tmp_path}/runs",
        f"--results={tmp_path}/results",
    ]
    done = run("sweep", *sweep, check=False)
    log = tmp_path / "runs" / "smoke" / "ceb_2" / "seed_3.log"
    assert done.returncode == 0, log.read_text()[-3000:]
    file = tmp_path / "results" / "ceb_2-seed3.json"
    result = json.loads(file.read_text())
    assert result["settings"]["rho"] == 2.0
    assert result["settings"]["radii"]["l2"] == [0.125]
    assert [row["epoch"] for row in result["figures"]["epochs"]] == [0, 1]
    trained, measured = result["provenance"]
    assert trained["seeds"] == [3] and measured["seeds"] == [0]
    assert measured["backend"] == keras.backend.backend()
    check_schema(result)
    report = result["figures"]["report"]
    assert report["clean"]["num_images"] == 16
    assert [r["attack"]["norm"] for r in report["curves"]["l2"]] == ["l2"]
    assert set(report["corruptions"]["errors"]) == {
        "gaussian_noise",
        "brightness",
    }
    # A measured run is not measured anew, so it cannot be with other radii.
    folder = tmp_path / "runs" / "smoke" / "ceb_2" / "seed_3"
    again = run(
        "evaluate", f"--workdir={folder}", "--autoattack=1/255", check=False
    )
    assert "`autoattack` must be the radii that" in again.stderr
    # Nothing is left to do.
    assert run("sweep", *sweep, "--list").stdout.strip() == ""
    if keras.backend.backend() == "tensorflow":
        run("figures", f"--results={tmp_path}/results")
        for name in ("figure1", "figure2", "training"):
            picture = tmp_path / "results" / f"{name}.png"
            assert picture.stat().st_size > 5_000


def train(folder, cifar10, *more):
    return module(
        "train",
        "--experiment=ceb_1",
        "--preset=smoke",
        f"--data={cifar10}",
        f"--workdir={folder}",
        *more,
    )


@pytest.mark.slow
def test_killed_training_ends_with_the_same_weights(cifar10, tmp_path):
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    subprocess.run(train(straight, cifar10), cwd=ROOT, check=True)
    process = subprocess.Popen(train(killed, cifar10), cwd=ROOT)
    deadline = time.time() + 240
    while not list((killed / "checkpoints").glob("*.h5")):
        assert process.poll() is None, "it ended before it was killed"
        assert time.time() < deadline
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "train.json").exists()
    subprocess.run(train(killed, cifar10), cwd=ROOT, check=True)
    records = [
        json.loads((folder / "train.json").read_text())["figures"]["epochs"]
        for folder in (straight, killed)
    ]
    for one, other in zip(*records, strict=True):
        assert {k: v for k, v in one.items() if "seconds" not in k} == {
            k: v for k, v in other.items() if "seconds" not in k
        }
    weights = [
        keras.models.load_model(folder / "model.keras").get_weights()
        for folder in (straight, killed)
    ]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_refuses_the_folder_of_another_experiment(cifar10, tmp_path):
    subprocess.run(train(tmp_path, cifar10), cwd=ROOT, check=True)
    other = subprocess.run(
        train(tmp_path, cifar10, "--seed=7"),
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert other.returncode != 0
    assert "`workdir` holds another experiment" in other.stderr
    assert "seed: 0 there, 7 here" in other.stderr


@pytest.mark.slow
def test_evaluate_needs_a_trained_model(tmp_path):
    result = run("evaluate", f"--workdir={tmp_path}", check=False)
    assert result.returncode != 0
    assert "`workdir` must hold a model that `train.py`" in result.stderr
