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

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from absl import app

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from examples.common import provenance  # noqa: E402

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
            "--turns=4",
            "--output={folder}/attacks.json",
        ],
        "attacks.json",
    ),
    "augment": (
        ["benchmarks/augment.py", "--output={folder}/augment.json"],
        "augment.json",
    ),
}


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
        **provenance.provenance(),
        "command": " ".join(["python", *command[:-1]]),
        "seconds": round(time.time() - start),
        "figures": figures,
    }
    target = ROOT / "results" / f"{name}.json"
    target.write_text(json.dumps(record, indent=1) + "\n")
    for picture in pictures:
        target.with_suffix(".png").write_bytes(picture)


if __name__ == "__main__":
    app.run(main)
