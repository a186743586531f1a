"""Trains one model of the fast CIFAR-10 study.

    python -m examples.cifar10_fast.train --experiment=baseline \
        --data=cifar10.npz --workdir=runs/cifar10_fast/fast/baseline/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is an .npz file with x_train,
y_train, x_test and y_test, or the data folder of TensorFlow Datasets.
`python -m examples.cifar10_fast.sweep --list` lists the study.
"""

import functools

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
    model = heads.wrap(
        backbone,
        experiment,
        data.CLASSES,
        heads.jump_start(preset, len(train)),
        seed,
        name,
    )
    rate = OneCycle(
        preset.learning_rate, preset.epochs * len(train), preset.peak
    )
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


# Arguments: those of `training.run_experiment` from `name` on.
run = functools.partial(
    training.run_experiment,
    experiments.CATALOG,
    data.load,
    build_model,
    describe=lambda model: {"macs": costs.macs(model.backbone)},
)


def main(_):
    training.run_flags(run, FLAGS)


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
