"""Measures trained models of the fast CIFAR-10 study.

    python -m examples.cifar10_fast.evaluate --data=cifar10.npz \
        --workdir=runs/cifar10_fast/fast/baseline/seed_0 \
        --results=results/cifar10_fast

Accuracy and calibration, before and after temperature scaling; PGD-20 over
radii and AutoAttack, in its fast version; the common corruptions, in the style
of CIFAR-10-C; the audit for masked gradients; and how well the scores of a
model tell other images from those of CIFAR-10: inverted, upside down and noise.

Each measure is kept in `measures.json`, so that the same command goes on after
an interruption. When all are there it writes `result.json`, which includes how
the model was trained, and a copy into `--results`. Several folders, separated
by commas, are measured in one process, which compiles each attack once.
"""

import functools

import numpy as np
from absl import app
from absl import flags

import keras_ceb
from examples.cifar10_fast import data
from examples.cifar10_fast import experiments
from examples.cifar10_fast import network
from examples.common import measures
from examples.common import training

FLAGS = flags.FLAGS
_OUTSIDE = 1000


@functools.cache
def target(channels, norm, image_shape):
    """The model that takes the weights of those that are measured."""
    backbone = network.build(channels, norm, image_shape, 0)
    return keras_ceb.wrap(backbone, data.CLASSES, objective="xent")


def outside(images):
    """Other images of the same size, 0 to 1, by name.

    Args:
        images: Of the test set, `[n, side, side, 3]`, 0 to 1.
    """
    images = images[:_OUTSIDE]
    return {
        "inverted": 1.0 - images,
        "upside down": images[:, ::-1].copy(),
        "noise": np.random.default_rng(0).random(images.shape, "float32"),
    }


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
    settings = training.trained(folder)["settings"]
    preset = experiments.preset(settings["preset"])
    attacked = settings["adversary"] is not None
    return measures.evaluate_run(
        folder,
        target(preset.channels, settings["norm"], images.shape[1:]),
        (images, labels),
        preset.evaluation,
        # In question is the radius of the adversarial training, or the one
        # that plain models still withstand.
        preset.train_eps if attacked else preset.evaluation.autoattack[0],
        outside(images),
        main=True,
    )


def main(_):
    def load(settings):
        preset = experiments.preset(settings["preset"])
        return measures.arrays(data.load(FLAGS.data, "test", preset))

    measures.evaluate_runs(FLAGS.workdir, load, evaluate_run, FLAGS.results)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("data", None, "File (.npz) or folder (TFDS).")
    flags.DEFINE_list("workdir", None, "Folders of the runs.", required=True)
    flags.DEFINE_string("results", None, "Folder for a copy of each result.")
    app.run(main)
