"""The quickstart runs as a newcomer runs it, at a small size."""

import json
import pathlib
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

import keras_ceb  # noqa: F401 - its models load

ROOT = pathlib.Path(__file__).parents[2]
SMALL = ["--epochs=2", "--seeds=1", "--test_size=40", "--attack_steps=2"]
NAMES = [
    "cross-entropy",
    "CEB, rho = 2",
    "CEB, rho = 0",
    "CEB, rho = 2, consistent",
    "CEB, rho = 2, FastTraining 0.15",
]


def start(folder, *flags):
    return subprocess.Popen(
        [
            sys.executable,
            ROOT / "examples" / "quickstart.py",
            f"--output={folder}",
            *SMALL,
            *flags,
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(folder, *flags):
    process = start(folder, *flags)
    output, errors = process.communicate()
    assert process.returncode == 0, errors
    return output


@pytest.mark.slow_on_jax
def test_quickstart(tmp_path):
    pytest.importorskip("sklearn")
    output = run(tmp_path, "--autoattack_size=0", "--jobs=2")
    for number, name in enumerate(NAMES, 1):
        label = rf"^\d:\d\d  {number} of 5: {name}, seed 0: "
        for step in (
            "training$",
            r"attacking, PGD linf 0\.025 to 0\.2$",
            r"attacking, PGD l2 0\.2 to 1\.6$",
            r"clean [\d.]+; PGD linf 0\.1 [\d.]+; PGD l2 0\.8 [\d.]+; resid",
        ):
            assert re.search(label + step, output, re.MULTILINE), (name, step)
    file = tmp_path / "results.json"
    whole = json.loads(file.read_text())
    assert list(whole["models"]) == [f"{name}, seed 0" for name in NAMES]
    # The table has the figures of the file.
    table = output[output.index("40 test digits, 1 seed:") :]
    for name in NAMES:
        row = whole["models"][f"{name}, seed 0"]
        cells = [row["clean"], row["linf"][3], row["l2"][3]]
        cells = " +".join(f"{cell:.3f}" for cell in cells)
        nats = f"{row['rex']:.2f} nats" if "rex" in row else "infinite"
        assert re.search(f"^{name} +{cells} +{nats}$", table, re.MULTILINE)
        for norm in ("linf", "l2"):
            assert len(row[norm]) == len(whole["settings"]["radii"][norm])
            # What has fallen at a radius has fallen at every larger one.
            assert (np.diff([row["clean"], *row[norm]]) <= 0).all()
    assert "try next" in output
    assert (tmp_path / "robustness.png").stat().st_size > 10_000
    model = keras.models.load_model(tmp_path / "model.keras")
    assert model.predict(np.zeros((2, 8, 8, 1)), verbose=0).shape == (2, 10)

    # Stopped before three of the models were done, it trains those and ends the
    # same, however many it trains at a time.
    part = {**whole, "models": dict(list(whole["models"].items())[1:3])}
    file.write_text(json.dumps(part))
    output = run(tmp_path, "--autoattack_size=0", "--jobs=1")
    assert output.count("measured before") == 2
    assert output.count("training") == 3
    assert file.read_text() == json.dumps(whole, indent=1)


@pytest.mark.slow
def test_quickstart_with_autoattack(tmp_path):
    pytest.importorskip("sklearn")
    output = run(tmp_path, "--autoattack_size=4", "--jobs=2", "--seeds=2")
    assert output.count("attacking, AutoAttack linf 0.1, 4 digits") == 5
    # The first seed has a table as soon as its models are done.
    first = output.index("40 test digits, 1 seed:")
    assert first < output.index("40 test digits, 2 seeds:")
    rows = json.loads((tmp_path / "results.json").read_text())["models"]
    assert len(rows) == 10
    for key, row in rows.items():
        assert ("same_images" in row) == key.endswith("seed 0")
        if "same_images" in row:
            # The stronger attack leaves no more than the weaker one.
            same = row["same_images"]
            assert same["autoattack"] <= same["pgd"]


@pytest.mark.slow
def test_a_killed_quickstart_leaves_no_process_behind(tmp_path):
    pytest.importorskip("sklearn")
    process = start(tmp_path, "--jobs=2", "--epochs=100000")
    for line in process.stdout:
        if line.endswith("training\n"):
            break
    process.kill()
    # The output ends when the last process that could write to it has ended.
    process.communicate(timeout=60)
