"""Commands that are interrupted and called again."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest

COMMAND = "import sys, keras_ceb_cli; sys.exit(keras_ceb_cli.main())"
OPTIONS = ["--norm", "linf", "--eps", "0.05", "--batch-size", "2"]
OPTIONS += ["--no-audit", "--bounds", "0", "1"]


@pytest.fixture(scope="module")
def commands(files, tmp_path_factory):
    """The arguments of each command, and the name of what it writes."""
    other = tmp_path_factory.mktemp("other") / "other.keras"
    model = keras.saving.load_model(files / "model.keras")
    kernel, bias = model.get_weights()
    model.set_weights([kernel / 2, bias])
    model.save(other)
    first, data = str(files / "model.keras"), str(files / "data.npz")
    return {
        "evaluate": (["evaluate", first, "--data", data], "report"),
        "compare": (
            ["compare", first, str(other), "--data", data],
            "comparison",
        ),
    }


def command(arguments, output):
    return [
        sys.executable, "-c", COMMAND, *arguments, *OPTIONS, "--quiet",
        "--output", str(output),
    ]  # fmt: skip


def content(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


def check_whole(folder):
    """Every file that is there is a whole one."""
    for path in folder.rglob("*"):
        assert not path.name.endswith(".part"), path
        if path.suffix == ".json":
            json.loads(path.read_text())
        if path.suffix == ".html":
            assert path.read_text().rstrip().endswith("</html>")
        if path.suffix == ".npz":
            with np.load(path) as arrays:
                assert all(len(arrays[name].shape) < 9 for name in arrays)


@pytest.mark.slow
def test_killed_and_started_again_ends_the_same(commands, tmp_path):
    arguments, name = commands["evaluate"]
    whole = subprocess.run(
        command(arguments, tmp_path / "whole"), capture_output=True
    )
    assert whole.returncode == 0, whole.stderr
    process = subprocess.Popen(
        command(arguments, tmp_path / "cut"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    parts = tmp_path / "cut" / "parts"
    for _ in range(1200):
        if parts.exists() and any(parts.glob("*.npz")):
            break
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "cut" / "report.json").exists()
    again = subprocess.run(
        command(arguments, tmp_path / "cut"), capture_output=True
    )
    assert again.returncode == 0, again.stderr
    assert content(tmp_path / "cut", name) == content(tmp_path / "whole", name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["evaluate", "compare"])
def test_interrupted_at_random_moments_it_ends_the_same(
    commands, kind, tmp_path
):
    """By Ctrl-C or SIGTERM, again and again, and then left alone."""
    rng = np.random.default_rng(["evaluate", "compare"].index(kind))
    arguments, name = commands[kind]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    begin = time.monotonic()
    result = subprocess.run(
        command(arguments, whole), capture_output=True, text=True
    )
    seconds = time.monotonic() - begin
    # No log lines of the backend either.
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    codes = []
    for number in range(10):
        process = subprocess.Popen(
            command(arguments, cut), stderr=subprocess.PIPE, text=True
        )
        # Most from the second half on: before, Python mostly starts.
        least = 0.05 if number < 2 else 0.4
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=seconds * rng.uniform(least, 1))
        process.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
        _, error = process.communicate()
        codes.append(process.returncode)
        if process.returncode == 130:
            assert "interrupted; the same command goes on" in error
            assert error.count("\n") == 1
        check_whole(cut)
        if process.returncode == 0:
            # Once it has ended, the next call goes on from nothing.
            (cut / f"{name}.json").unlink()
    # Python handles signals a moment after it starts.
    assert set(codes) <= {0, 130, -signal.SIGINT, -signal.SIGTERM}, codes
    assert 130 in codes
    again = subprocess.run(command(arguments, cut), capture_output=True)
    assert again.returncode == 0, again.stderr
    assert content(cut, name) == content(whole, name)
