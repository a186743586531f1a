"""Runs an experiment, which files its figures with where they came from.

    python -m results.record quickstart
    python -m results.record attacks

Each writes `results/<name>.json`, as `schema.json` describes it. Without a name
it lists those that there are.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from absl import app

from examples.common import provenance
from examples.common import results

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Modules of `benchmarks/`, with their arguments beside `--output`.
BENCHMARKS = {
    "attacks": ["--turns=4"],
    "augment": [],
    "import_time": [],
    "schedules": [],
    "training_step": [],
}
QUICKSTART = "examples/quickstart.py"
SEEDS = 3


def benchmark(name):
    """Runs a benchmark, which writes its result file itself."""
    output = f"--output=results/{name}.json"
    command = ["-m", f"benchmarks.{name}", *BENCHMARKS[name], output]
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True)


def quickstart(folder=ROOT / "results"):
    """Runs the quickstart, and files its figures and its picture.

    Args:
        folder: Where to write the files.
    """
    command = [QUICKSTART, f"--seeds={SEEDS}"]
    start = time.time()
    with tempfile.TemporaryDirectory() as output:
        subprocess.run(
            [sys.executable, *command, f"--output={output}"],
            cwd=ROOT,
            check=True,
        )
        found = json.loads((pathlib.Path(output) / "results.json").read_text())
        picture = (pathlib.Path(output) / "robustness.png").read_bytes()
    run = provenance.run("measurement", time.time() - start, range(SEEDS))
    run["command"] = " ".join(["python", *command])
    results.write(
        folder / "quickstart.json", found["settings"], [run], found["models"]
    )
    (folder / "quickstart.png").write_bytes(picture)


def main(arguments):
    names = ["quickstart", *BENCHMARKS]
    if len(arguments) != 2 or arguments[1] not in names:
        raise app.UsageError(f"Give one of {', '.join(names)}.")
    name = arguments[1]
    if name == "quickstart":
        quickstart()
    else:
        benchmark(name)


if __name__ == "__main__":
    app.run(main)
