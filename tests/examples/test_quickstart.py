"""The quickstart runs as a newcomer runs it, at a small size."""

import json
import pathlib
import subprocess
import sys

import keras
import numpy as np
import pytest

ROOT = pathlib.Path(__file__).parents[2]
SMALL = ["--epochs=2", "--seeds=1", "--test_size=40", "--attack_steps=2"]


def run(folder, autoattack_size=0):
    return subprocess.run(
        [
            sys.executable,
            ROOT / "examples" / "quickstart.py",
            f"--output={folder}",
            f"--autoattack_size={autoattack_size}",
            *SMALL,
        ],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.mark.slow_on_jax
def test_quickstart(tmp_path):
    pytest.importorskip("sklearn")
    output = run(tmp_path)
    for name in ("cross-entropy", "CEB, rho = 2", "consistent", "try next"):
        assert name in output
    assert (tmp_path / "robustness.png").stat().st_size > 10_000
    model = keras.models.load_model(tmp_path / "model.keras")
    assert model.predict(np.zeros((2, 8, 8, 1)), verbose=0).shape == (2, 10)

    # Stopped before the last model, it trains that one and ends the same.
    file = tmp_path / "results.json"
    whole = json.loads(file.read_text())
    part = {**whole, "models": dict(list(whole["models"].items())[:3])}
    file.write_text(json.dumps(part))
    run(tmp_path)
    assert json.loads(file.read_text()) == whole


@pytest.mark.slow
def test_quickstart_with_autoattack(tmp_path):
    pytest.importorskip("sklearn")
    output = run(tmp_path, autoattack_size=4)
    assert "AutoAttack linf 0.1, 4 digits" in output
    rows = json.loads((tmp_path / "results.json").read_text())["models"]
    for row in rows.values():
        # The stronger attack leaves no more than the weaker one.
        assert row["same_images"]["autoattack"] <= row["same_images"]["pgd"]
