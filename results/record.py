"""Runs an experiment, which files its figures with where they came from.

    python -m results.record quickstart
    python -m results.record attacks
    python -m results.record cifar10_gpu --study=runs/gpu

Each writes `results/<name>.json`, as `schema.json` describes it. Without a name
it lists those that there are. `cifar10_gpu` runs nothing: it files what
`examples/cifar10/gpu_study.py` left in its folder.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from absl import app
from absl import flags

from examples.cifar10.gpu import record as gpu_record
from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Modules of `benchmarks/`, with their arguments beside `--output`.
BENCHMARKS = {
    "adversarial_choices": [],
    "adversarial": [],
    # A part of the budget of queries, for some minutes on one core.
    "attackbench": [
        "--images=32",
        "--train_images=3000",
        "--epochs=2",
        "--steps=150",
        "--searches=5",
        "--search_steps=30",
    ],
    "attacks": ["--turns=4"],
    "augment": [],
    "autoattack_fast": [],
    "autoattack_parity": [],
    "earlier": [],
    "import_time": [],
    "minimal_distance": [],
    "mutation": [],
    "report_time": [],
    "schedules": [],
    "smoothing": [],
    "training_step": [],
    "training_step_torch": [
        "--clock=cpu",
        "--image_size=96",
        "--turns=40",
    ],
}
# Those of another module than their name.
MODULES = {"training_step_torch": "training_step"}
# Those that take `--data`.
NEED_DATA = (
    "adversarial_choices",
    "attackbench",
    "autoattack_fast",
    "autoattack_parity",
    "report_time",
)
QUICKSTART = "examples/quickstart.py"
SEEDS = 3


def benchmark(name):
    """Runs a benchmark, which writes its result file itself."""
    output = f"--output=results/{name}.json"
    module = f"benchmarks.{MODULES.get(name, name)}"
    command = ["-m", module, *BENCHMARKS[name], output]
    if name in NEED_DATA and FLAGS.data is not None:
        command.append(f"--data={FLAGS.data}")
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


def cifar10_gpu(folder=ROOT / "results" / "cifar10_gpu"):
    """Files the models of a GPU study that ran elsewhere.

    Args:
        folder: Where to write the files.
    """
    if FLAGS.study is None:
        raise app.UsageError("Give the study's folder, --study=runs/gpu.")
    models = gpu_record.file_study(FLAGS.study, folder, FLAGS.commit)
    print(f"{models} models are filed.")


def main(arguments):
    names = ["quickstart", "cifar10_gpu", *BENCHMARKS]
    if len(arguments) != 2 or arguments[1] not in names:
        raise app.UsageError(f"Give one of {', '.join(names)}.")
    name = arguments[1]
    if name == "quickstart":
        quickstart()
    elif name == "cifar10_gpu":
        cifar10_gpu()
    else:
        benchmark(name)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string(
        "study", None, "Folder of a GPU study, for cifar10_gpu."
    )
    flags.DEFINE_string(
        "data", None, f"A data set as .npz, for {', '.join(NEED_DATA)}."
    )
    flags.DEFINE_string(
        "commit",
        None,
        "Of the source that the study ran a copy of, where Git could not say.",
    )
    app.run(main)
