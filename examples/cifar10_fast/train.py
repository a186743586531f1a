"""Trains one model of the fast CIFAR-10 study.

    python -m examples.cifar10_fast.train --experiment=baseline \
        --data=cifar10.npz --workdir=runs/cifar10_fast/fast/baseline/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is an .npz file with x_train,
y_train, x_test and y_test, or the data folder of TensorFlow Datasets.
`python -m examples.cifar10_fast.sweep --list` lists the study.
"""

import keras
from absl import app
from absl import flags

from examples.cifar10_fast import data
from examples.cifar10_fast import experiments
from examples.cifar10_fast import network
from examples.common import adversaries
from examples.common import costs
from examples.common import heads
from examples.common import training
from examples.common.one_cycle import OneCycle
from keras_ceb import schedules

FLAGS = flags.FLAGS

# Enough for the variances of patches of 12 values.
WHITENED_IMAGES = 5000


def build_model(name, preset, train, seed):
    """The compiled model of an experiment.

    Args:
        name: Of the experiment.
        preset: A `Preset`.
        train: What `data.load` returned: its first images are whitened.
        seed: Of the initial values and of the noise.
    """
    experiment = experiments.experiment(name)
    keras.utils.set_random_seed(seed)
    backbone = network.build(
        preset.channels, experiment.norm, train.images.shape[1:], seed
    )
    network.whiten(
        backbone, train.images[:WHITENED_IMAGES].astype("float32") / 255
    )
    steps = len(train)
    model = heads.wrap(
        backbone,
        experiment,
        data.CLASSES,
        lambda rho: schedules.JumpStart(
            rho,
            steps,
            warmup_epochs=preset.warmup_epochs,
            anneal_epochs=preset.anneal_epochs,
        ),
        seed,
        name,
    )
    rate = OneCycle(preset.learning_rate, preset.epochs * steps, preset.peak)
    model.compile(
        keras.optimizers.Adam(rate),
        metrics=["accuracy"],
        adversary=adversaries.build(
            experiment.adversary,
            preset.train_eps,
            seed,
            steps=preset.train_steps,
        ),
    )
    return model


def run(name, preset_name, seed, source, folder, verbose=0):
    """Trains a model, unless that is done.

    Args:
        name: Of the experiment.
        preset_name: Of the preset.
        seed: Of everything.
        source: See `data.load`.
        folder: Path of this run.
        verbose: As in `fit`.
    """
    preset = experiments.preset(preset_name)
    experiment = experiments.experiment(name)
    train, test = (
        data.load(
            source, split, preset, seed=seed, smoothing=experiment.smoothing
        )
        for split in ("train", "test")
    )
    training.run(
        lambda: build_model(name, preset, train, seed),
        (train, test),
        preset.epochs,
        folder,
        experiments.settings(name, preset_name),
        seed,
        describe=lambda model: {"macs": costs.macs(model.backbone)},
        verbose=verbose,
    )


def main(_):
    run(
        FLAGS.experiment,
        FLAGS.preset,
        FLAGS.seed,
        FLAGS.data,
        FLAGS.workdir,
        FLAGS.verbose,
    )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    training.define_flags(
        flags,
        "ceb_3",
        list(experiments.PRESETS),
        "File (.npz) or folder (TFDS).",
    )
    flags.adopt_module_key_flags(training)
    app.run(main)
