"""Runs an experiment and files its figures with where they came from.

    python results/record.py quickstart
    python results/record.py schedules
    python results/record.py training_step
    python results/record.py import_time
    python results/record.py attacks
    python results/record.py augment

Each writes `results/<name>.json`: the command, the commit, the hardware, the
versions and the time that it took, beside the figures.
"""

import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

from absl import app

ROOT = pathlib.Path(__file__).resolve().parents[1]
# The command of each experiment, and the file of figures that it writes.
EXPERIMENTS = {
    "quickstart": (
        ["examples/quickstart.py", "--seeds=3", "--output={folder}"],
        "results.json",
    ),
    "schedules": (
        ["benchmarks/schedules.py", "--output={folder}/schedules.json"],
        "schedules.json",
    ),
    "training_step": (
        ["benchmarks/training_step.py", "--output={folder}/step.json"],
        "step.json",
    ),
    "import_time": (
        ["benchmarks/import_time.py", "--output={folder}/import.json"],
        "import.json",
    ),
    "attacks": (
        [
            "benchmarks/attacks.py",
            "--turns=10",
            "--steps=20",
            "--output={folder}/attacks.json",
        ],
        "attacks.json",
    ),
    "augment": (
        ["benchmarks/augment.py", "--output={folder}/augment.json"],
        "augment.json",
    ),
}
PACKAGES = ("keras", "tensorflow", "numpy")


def processor():
    """The name of the processor, from Linux where it says."""
    try:
        for line in open("/proc/cpuinfo"):
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True
    ).stdout.strip()


def main(arguments):
    if len(arguments) != 2 or arguments[1] not in EXPERIMENTS:
        raise app.UsageError(f"Give one of {', '.join(EXPERIMENTS)}.")
    name = arguments[1]
    command, file = EXPERIMENTS[name]
    start = time.time()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, *(part.format(folder=folder) for part in command)],
            cwd=ROOT,
            check=True,
        )
        figures = json.loads((pathlib.Path(folder) / file).read_text())
        pictures = [p.read_bytes() for p in pathlib.Path(folder).glob("*.png")]
    record = {
        "command": " ".join(["python", *command[:-1]]),
        "commit": git("rev-parse", "HEAD"),
        "clean": not git("status", "--porcelain", "--untracked-files=no"),
        "hardware": f"{os.cpu_count()} cores of {processor()}, no GPU",
        "versions": {p: importlib.metadata.version(p) for p in PACKAGES},
        "date": time.strftime("%Y-%m-%d"),
        "seconds": round(time.time() - start),
        "figures": figures,
    }
    target = ROOT / "results" / f"{name}.json"
    target.write_text(json.dumps(record, indent=1) + "\n")
    for picture in pictures:
        target.with_suffix(".png").write_bytes(picture)


if __name__ == "__main__":
    app.run(main)
