"""Measures fine-tuned models of the transfer study.

    python -m examples.transfer.evaluate --data=imagenette \
        --workdir=runs/transfer/few/ceb_3/seed_0 --results=results/transfer/few

Accuracy and calibration, before and after temperature scaling; PGD-20 over
radii and AutoAttack, in its fast version; the common corruptions, made here;
and how well the scores of a model tell other images from those of its ten
classes: inverted, upside down, noise, and with `--outside=cifar10.npz` the
eight classes of CIFAR-10 that Imagenette lacks, enlarged.

Each measure is kept in `measures.json`, so that the same command goes on after
an interruption. When all are there it writes `result.json`, which includes how
the model was trained, and a copy into `--results`. Several folders, separated
by commas, are measured in one process, which compiles each attack once.
"""

import functools

import keras
import numpy as np
from absl import app
from absl import flags

import keras_ceb
from examples.common import measures
from examples.common import training
from examples.transfer import data
from examples.transfer import experiments
from examples.transfer import train
from keras_ceb.data import read_npz

FLAGS = flags.FLAGS

# Imagenette has a breed of dogs, and garbage trucks.
_DOG, _TRUCK = 5, 9
_OUTSIDE = 1000


@functools.cache
def target(preset):
    """The model that takes the weights of those that are measured."""
    backbone = train.build_backbone(preset, pretrained=False)
    return keras_ceb.wrap(backbone, data.CLASSES, objective="xent")


def outside(images, cifar10=None):
    """Other images of the same size, 0 to 1, by name.

    Args:
        images: Of the test set, `[n, side, side, 3]`, 0 to 1.
        cifar10: Path of CIFAR-10, an .npz file, or `None`.
    """
    images = images[:_OUTSIDE]
    found = {
        "inverted": 1.0 - images,
        "upside down": images[:, ::-1].copy(),
        "noise": np.random.default_rng(0).random(images.shape, "float32"),
    }
    if cifar10 is not None:
        found["CIFAR-10"] = other_classes(cifar10, images.shape[1])
    return found


def other_classes(cifar10, side):
    """Test images of CIFAR-10 whose classes Imagenette lacks, enlarged."""
    images, labels = read_npz(cifar10, "test")
    kept = ~np.isin(labels.reshape(-1), (_DOG, _TRUCK))
    small = images[kept][:_OUTSIDE].astype("float32") / 255
    large = keras.ops.image.resize(
        small, (side, side), "bicubic", data_format="channels_last"
    )
    return np.clip(keras.ops.convert_to_numpy(large), 0.0, 1.0)


def evaluate_run(folder, images, labels, others):
    """Measures the model of a run, as far as that is not done.

    Args:
        folder: Path of the run.
        images: Of the test set, 0 to 1.
        labels: Integers.
        others: {name: other images}.

    Returns:
        The result.

    Raises:
        ValueError: If no trained model is there.
    """
    settings = training.trained(folder)["settings"]
    preset = experiments.preset(settings["preset"])
    return measures.evaluate_run(
        folder,
        target(preset),
        (images, labels),
        preset.evaluation,
        preset.evaluation.autoattack[0],
        others,
        main=True,
    )


def main(_):
    def load(settings):
        preset = experiments.preset(settings["preset"])
        test = data.load(FLAGS.data, "test", preset)
        images, labels = measures.arrays(test)
        return images, labels, outside(images, FLAGS.outside)

    measures.evaluate_runs(FLAGS.workdir, load, evaluate_run, FLAGS.results)


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("data", None, "Folder of Imagenette.", required=True)
    flags.DEFINE_list("workdir", None, "Folders of the runs.", required=True)
    flags.DEFINE_string("results", None, "Folder for a copy of each result.")
    flags.DEFINE_string("outside", None, "CIFAR-10, an .npz file.")
    app.run(main)
