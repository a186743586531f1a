"""Measures trained models of the Fashion-MNIST study.

    python -m examples.fashion_mnist.evaluate --data=fashion_mnist.npz \
        --workdir=runs/fashion_mnist/ceb_2/seed_0 \
        --results=results/fashion_mnist

Accuracy and calibration, before and after temperature scaling; PGD-20 over
radii and AutoAttack; the common corruptions, in the style of CIFAR-10-C; the
audit for masked gradients.

Each measure is kept in `measures.json`, so that the same command goes on after
an interruption. When all are there it writes `result.json`, which includes how
the model was trained, and a copy into `--results`. Several folders, separated
by commas, are measured in one process, which compiles each attack once.
"""

import pathlib
import time

import numpy as np
from absl import app
from absl import flags

from examples.common import provenance
from examples.common import results
from examples.common import training
from examples.common import workdir
from examples.fashion_mnist import data
from examples.fashion_mnist import experiments
from examples.fashion_mnist.measures import Measured

FLAGS = flags.FLAGS


def radii(preset, main):
    """The radii of every attack, by norm or attack."""
    found = {"linf": list(preset.linf), "autoattack": list(preset.autoattack)}
    if main:
        found["l2"] = found["autoattack_l2"] = [preset.l2]
    return found


def evaluate_run(folder, images, labels):
    """Measures the model of a run, as far as that is not done.

    Args:
        folder: Path of the run.
        images: Of the test set, 0 to 1.
        labels: Integers.

    Returns:
        The result.

    Raises:
        ValueError: If no trained model is there.
    """
    trained = training.trained(folder)
    held = workdir.lock(folder)
    file = folder / "result.json"
    if not file.exists():
        settings = trained["settings"]
        preset = experiments.preset(settings["preset"])
        experiment = experiments.experiment(settings["experiment"])
        main = experiments.may_be_main(experiment)
        radius = (
            preset.train_eps if settings["adversary"] else preset.autoattack[0]
        )
        measured = Measured(
            training.load(folder), images, labels, preset, radius
        )
        done = _measure(measured.plan(main), folder / "measures.json")
        seconds = sum(figures["seconds"] for figures in done.values())
        # The default seed of the attacks and the corruptions.
        run = provenance.run("measurement", seconds, [0])
        results.write(
            file,
            {**settings, "radii": radii(preset, main), "audit_eps": radius},
            [*trained["provenance"], run],
            {**trained["figures"], "measures": done},
        )
    del held
    return results.read(file)


def _measure(plan, file):
    """Does what is not done yet; each measure is kept as soon as it is."""
    done = workdir.read(file)["measures"] if file.exists() else {}
    for name, function in plan.items():
        if name in done:
            continue
        start, cpu_start = time.time(), time.process_time()
        figures = function()
        figures["seconds"] = round(time.time() - start, 1)
        figures["cpu_seconds"] = round(time.process_time() - cpu_start, 1)
        done[name] = figures
        workdir.write(file, {"measures": done})
        print(
            f"{file.parent}: {name} {figures.get('accuracy', '')} "
            f"{figures['cpu_seconds']} s",
            flush=True,
        )
    return {name: done[name] for name in plan}


def main(_):
    test = None
    for path in FLAGS.workdir:
        folder = pathlib.Path(path)
        if test is None:
            settings = training.trained(folder)["settings"]
            preset = experiments.preset(settings["preset"])
            test = data.load(FLAGS.data, "test", preset)
            images = test.images.astype("float32") / 255
            labels = np.asarray(test.labels, "int32")
        result = evaluate_run(folder, images, labels)
        if FLAGS.results:
            name = result["settings"]["experiment"]
            seed = results.seed_of(result)
            copy = pathlib.Path(FLAGS.results) / f"{name}-seed{seed}.json"
            workdir.write(copy, result)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("data", None, "File (.npz) or folder (TFDS).")
    flags.DEFINE_list("workdir", None, "Folders of the runs.", required=True)
    flags.DEFINE_string("results", None, "Folder for a copy of each result.")
    app.run(main)
