"""Is the package slower than an earlier commit of it?

Both run the same small workloads, turn by turn, each in a process of its own;
the figures are the medians and the ratio of this tree's time to the other's.

    python -m results.record earlier
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "earlier.json", "File to write.")
flags.DEFINE_string("commit", "ccc3c81", "The earlier commit.")
flags.DEFINE_integer("turns", 5, "Processes of each.")

ROOT = pathlib.Path(__file__).resolve().parents[1]

# Names and arguments that both commits have. Seconds go out as JSON, of work
# that has been compiled before.
WORKLOADS = """
import json
import time

import keras
import numpy as np

start = time.perf_counter()
import keras_ceb
from keras_ceb.robustness import corruptions
from keras_ceb.robustness.attacks import APGD, PGD

seconds = {"import": time.perf_counter() - start}


def timed(name, run, times):
    run()
    start = time.perf_counter()
    for _ in range(times):
        run()
    seconds[name] = (time.perf_counter() - start) / times


rng = np.random.default_rng(0)
x = rng.uniform(size=(256, 32, 32, 3)).astype("float32")
y = np.arange(256) % 10
backbone = keras_ceb.backbones.WideResNet(10, 1)
model = keras_ceb.wrap(backbone, 10, rho=keras_ceb.schedules.Constant(3.0))
model.compile("adam", metrics=["accuracy"])
timed("fit", lambda: model.fit(x, y, batch_size=64, verbose=0), 4)
some, labels = x[:64], y[:64]
# What the model answers: no image is skipped as wrong.
labels = model.predict(some, verbose=0).argmax(axis=1)
timed("PGD", lambda: PGD("linf", 1e-6, 10)(model, some, labels), 4)
timed("APGD", lambda: APGD("linf", 1e-6, 10)(model, some, labels), 4)
images = (255 * x).astype("uint8")
for name in ("gaussian_noise", "fog", "motion_blur", "pixelate"):
    timed(name, lambda: corruptions.corrupt(images, name, 3, seed=0), 4)
print(json.dumps(seconds))
"""


def measure(tree):
    """Seconds of each workload with the package in a source tree."""
    out = subprocess.run(
        [sys.executable, "-c", WORKLOADS],
        cwd=tree,
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tree)},
    )
    return json.loads(out.stdout.splitlines()[-1])


def git(*arguments):
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


def main(_):
    start = time.time()
    turns = {"earlier": [], "now": []}
    with tempfile.TemporaryDirectory() as folder:
        tree = pathlib.Path(folder) / "tree"
        git("worktree", "add", "-q", "--detach", str(tree), FLAGS.commit)
        try:
            for _ in range(FLAGS.turns):
                turns["earlier"].append(measure(tree))
                turns["now"].append(measure(ROOT))
        finally:
            git("worktree", "remove", "--force", str(tree))
    figures = {}
    for name in turns["now"][0]:
        earlier, now = (
            statistics.median(turn[name] for turn in turns[key])
            for key in ("earlier", "now")
        )
        ratios = sorted(
            b[name] / a[name]
            for a, b in zip(turns["earlier"], turns["now"], strict=True)
        )
        figures[name] = {
            "earlier_seconds": earlier,
            "seconds": now,
            "ratio": statistics.median(ratios),
            "ratios": ratios,
        }
        print(f"{name}: {statistics.median(ratios):.2f} of {earlier:.3f} s")
    results.write(
        FLAGS.output,
        {
            "commit": FLAGS.commit,
            "turns": FLAGS.turns,
            "radii": {"linf": [1e-6]},  # Of both attacks.
        },
        [provenance.run("measurement", time.time() - start)],
        figures,
    )


if __name__ == "__main__":
    app.run(main)
