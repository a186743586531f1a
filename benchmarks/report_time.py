"""How much sooner is the default report there than at an earlier commit?

`evaluate_robustness` with its defaults, on networks of the `cpu` preset of
`examples/cifar10`, by both sources in turn, each in a process of its own and on
one thread: a network of which attacks leave almost nothing, and one that is
trained adversarially. CPU seconds include what is compiled. The networks are
trained in `--workdir`, unless they are there; `--data` is that of
`examples.cifar10.train`.

    python -m results.record report_time --data=cifar10.npz
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np
from absl import app
from absl import flags

import keras_ceb  # noqa: F401 (registers the classes of the file)
from examples.cifar10 import experiments
from examples.common import provenance
from examples.common import results

FLAGS = flags.FLAGS
flags.DEFINE_string("output", "report_time.json", "File to write.")
flags.DEFINE_string("data", None, "CIFAR-10 as .npz.", required=True)
flags.DEFINE_string("commit", "ccc3c81", "The earlier commit.")
flags.DEFINE_string("workdir", "runs/cifar10/report_time", "Of the networks.")
flags.DEFINE_integer("images", 500, "Images to attack.")
flags.DEFINE_integer("turns", 1, "Reports by each source.")

ROOT = pathlib.Path(__file__).resolve().parents[1]
# Of CEB, without normalization.
EXPERIMENTS = ("ceb_2", "fast_ceb_2")
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}

# With names and arguments that both commits have. The weights come as arrays:
# the earlier commit cannot read the files of this one.
REPORT = """
import json
import sys
import time

import keras
import numpy as np

import keras_ceb

with np.load(sys.argv[1]) as file:
    images, labels, logits = file["x"], file["y"], file["logits"]
    weights = [file[f"weight_{i}"] for i in range(int(file["num_weights"]))]
network = keras_ceb.backbones.WideResNet(**json.loads(sys.argv[2]))
model = keras_ceb.wrap(network, 10, rho=2.0)
model(images[:1])
for variable, value in zip(model.trainable_variables, weights, strict=True):
    variable.assign(value)
np.testing.assert_allclose(
    model.predict(images, verbose=0), logits, rtol=1e-3, atol=1e-3
)
start = time.process_time()
report = keras_ceb.evaluate_robustness(model, (images, labels), verbose=0)
seconds = time.process_time() - start
print(json.dumps({"cpu_seconds": seconds, "report": report.to_dict()}))
"""


def train(experiment):
    """The file of a network."""
    folder = pathlib.Path(FLAGS.workdir).absolute() / experiment
    command = ["-m", "examples.cifar10.train", "--preset=cpu"]
    command += [f"--experiment={experiment}", f"--data={FLAGS.data}"]
    command += [f"--workdir={folder}", "--verbose=2"]
    subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return folder / "model.keras"


def describe(network, scratch):
    """A file with the images and the weights, and the network's settings."""
    model = keras.models.load_model(network)
    weights = [
        keras.ops.convert_to_numpy(variable)
        for variable in model.trainable_variables
    ]
    with np.load(FLAGS.data) as arrays:
        x = arrays["x_test"][: FLAGS.images].astype("float32") / 255
        y = arrays["y_test"][: FLAGS.images].reshape(-1).astype("int32")
    file = scratch / "arrays.npz"
    np.savez(
        file,
        x=x,
        y=y,
        logits=model.predict(x, verbose=0),
        num_weights=len(weights),
        **{f"weight_{i}": weight for i, weight in enumerate(weights)},
    )
    preset = experiments.preset("cpu")
    settings = {
        "depth": preset.depth,
        "width": preset.width,
        "stem_stride": preset.stem_stride,
        "input_shape": x.shape[1:],
    }
    return file, json.dumps(settings)


def report(tree, arrays, settings):
    """CPU seconds and accuracies of a report by a source tree."""
    out = subprocess.run(
        [sys.executable, "-c", REPORT, str(arrays), settings],
        cwd=tree,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(tree)},
    )
    found = json.loads(out.stdout.splitlines()[-1])
    row = {
        "cpu_seconds": found["cpu_seconds"],
        "accuracies": accuracies(found["report"]),
    }
    print(tree.name, json.dumps(row), flush=True)
    return row


def accuracies(report):
    """Accuracy under each attack and at each radius of the curves.

    AutoAttack has one name, whatever its version.
    """
    found = {}
    for part in (report["attacks"], *report["curves"].values()):
        for result in part:
            attack = result["attack"]
            name = attack["name"].split(" (")[0]
            curve = "" if part is report["attacks"] else "curve, "
            key = f"{curve}{name}, {attack['norm']} {attack['eps']:.4g}"
            found[key] = result["accuracy"]
    return found


def git(*arguments):
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)


def measure(experiment, tree, scratch):
    """What both sources need for the report of a network, and find in it."""
    given = describe(train(experiment), scratch)
    turns = {"earlier": [], "now": []}
    for _ in range(FLAGS.turns):
        turns["now"].append(report(ROOT, *given))
        turns["earlier"].append(report(tree, *given))
    ratios = [
        earlier["cpu_seconds"] / now["cpu_seconds"]
        for earlier, now in zip(turns["earlier"], turns["now"], strict=True)
    ]
    found = {
        key: {
            "cpu_seconds": [turn["cpu_seconds"] for turn in rows],
            # The same in every turn, as all seeds are.
            "accuracies": rows[0]["accuracies"],
        }
        for key, rows in turns.items()
    }
    return {
        "experiment": experiment,
        **found,
        "times_faster": float(np.median(ratios)),
    }


def main(_):
    begin = time.time()
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        tree = scratch / "earlier"
        git("worktree", "add", "-q", "--detach", str(tree), FLAGS.commit)
        try:
            runs = [measure(name, tree, scratch) for name in EXPERIMENTS]
        finally:
            git("worktree", "remove", "--force", str(tree))
    settings = {
        "commit": FLAGS.commit,
        "preset": "cpu",
        "images": FLAGS.images,
        "turns": FLAGS.turns,
        "radii": {"linf": [8 / 255], "l2": [0.5]},
    }
    results.write(
        FLAGS.output,
        settings,
        [provenance.run("measurement", time.time() - begin, [0])],
        {"runs": runs},
    )


if __name__ == "__main__":
    app.run(main)
