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

import functools

from absl import app
from absl import flags

import keras_ceb
from examples.common import measures
from examples.common import training
from examples.fashion_mnist import data
from examples.fashion_mnist import experiments
from examples.fashion_mnist import outside
from examples.fashion_mnist import train

FLAGS = flags.FLAGS


@functools.cache
def target(preset, image_shape):
    """The model that takes the weights of those that are measured."""
    backbone = train.build_backbone(preset, 0.0, image_shape, 0)
    return keras_ceb.wrap(backbone, data.CLASSES, objective="xent")


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
        target(preset, images.shape[1:]),
        (images, labels),
        preset.evaluation,
        # In question is the radius of the adversarial training, or the one
        # that plain models still withstand.
        preset.train_eps if attacked else preset.evaluation.autoattack[0],
        outside.sets(images),
        experiments.may_be_main(settings["experiment"]),
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
