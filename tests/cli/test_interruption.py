"""Commands that are interrupted and called again."""

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time

import keras
import numpy as np
import pytest

COMMAND = "import sys, keras_ceb_cli; sys.exit(keras_ceb_cli.main())"
# Three attacks of one batch each: a call lasts seconds, most of them imports.
OPTIONS = ["--attacks", "pgd", "--norm", "linf", "l2", "--no-curves"]
OPTIONS += ["--batch-size", "10", "--no-audit", "--bounds", "0", "1"]
OPTIONS += ["--fail-under", "linf:0.1=0"]
# Of a call, in seconds; far above what a busy machine needs.
LIMIT = 300


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
        sys.executable, "-c", COMMAND, *arguments, *OPTIONS,
        "--output", str(output),
    ]  # fmt: skip


def run_whole(arguments, output, *more):
    """Runs a command to its end."""
    result = subprocess.run(
        [*command(arguments, output), *more],
        capture_output=True,
        text=True,
        timeout=LIMIT,
    )
    assert result.returncode == 0, result.stderr
    return result


@contextlib.contextmanager
def started(arguments, output):
    """A command that runs in the background, and has ended afterwards."""
    with subprocess.Popen(
        command(arguments, output),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # Reading its lines has no time limit of its own.
        timer = threading.Timer(LIMIT, process.kill)
        timer.start()
        try:
            yield process
        finally:
            timer.cancel()
            process.kill()


def wait_for_data(process):
    """Waits until the command has read its models and begins to measure."""
    for line in process.stdout:
        if line.startswith("Data:"):
            return
    pytest.fail(f"ended before it measured: {process.stderr.read()}")


def content(folder, name):
    """The figures of a report, or of each one of a comparison."""
    found = json.loads((folder / f"{name}.json").read_text())
    for report in found.get("reports", [found]):
        # When, and how long each part took.
        del report["run"]
    return found


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
                assert all(arrays[name].ndim < 9 for name in arrays)


@pytest.mark.slow
def test_killed_and_started_again_ends_the_same(commands, tmp_path):
    arguments, name = commands["evaluate"]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    run_whole(arguments, whole)
    with started(arguments, cut) as process:
        end = time.monotonic() + LIMIT
        while time.monotonic() < end and process.poll() is None:
            if any((cut / "parts").glob("*.npz")):
                break
            time.sleep(0.01)
        process.kill()
    assert not (cut / "report.json").exists()
    run_whole(arguments, cut)
    assert content(cut, name) == content(whole, name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["evaluate", "compare"])
def test_interrupted_at_random_moments_it_ends_the_same(
    commands, kind, tmp_path
):
    """By Ctrl-C or SIGTERM, again and again, and then left alone."""
    rng = np.random.default_rng(["evaluate", "compare"].index(kind))
    arguments, name = commands[kind]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    with started(arguments, whole) as process:
        begin = time.monotonic()
        wait_for_data(process)
        before = time.monotonic() - begin
        _, error = process.communicate(timeout=LIMIT)
        during = time.monotonic() - begin - before
    # No log lines of the backend either.
    assert (process.returncode, error) == (0, "")
    codes = []
    for number in range(10):
        with started(arguments, cut) as process:
            # Two while Python starts, the others while it measures.
            if number < 2:
                seconds = before * rng.uniform(0.1, 1)
            else:
                wait_for_data(process)
                seconds = during * rng.uniform(0, 1)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=seconds)
            process.send_signal((signal.SIGINT, signal.SIGTERM)[number % 2])
            _, error = process.communicate(timeout=LIMIT)
        codes.append(process.returncode)
        if process.returncode == 130:
            # While Python starts, there is nothing to go on with.
            said = "interrupted; the same command goes on"
            assert (said if number > 1 else "interrupted") in error
            assert error.count("\n") == 1
        check_whole(cut)
        if process.returncode == 0:
            # Once it has ended, the next call goes on from its parts.
            assert content(cut, name) == content(whole, name)
            for path in cut.glob(f"{name}.*"):
                path.unlink()
    # Python handles signals a moment after it starts.
    assert set(codes) <= {0, 130, -signal.SIGINT, -signal.SIGTERM}, codes
    assert 130 in codes
    run_whole(arguments, cut, "--quiet")
    assert content(cut, name) == content(whole, name)
