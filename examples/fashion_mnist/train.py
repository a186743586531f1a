"""Trains one model of the Fashion-MNIST study.

    python -m examples.fashion_mnist.train --experiment=ceb_2 \
        --data=fashion_mnist.npz --workdir=runs/fashion_mnist/ceb_2/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is an .npz file with x_train,
y_train, x_test and y_test, or the data folder of TensorFlow Datasets.
`python -m examples.fashion_mnist.sweep --list` lists the study.
"""

import keras
from absl import app
from absl import flags
from keras import layers

from examples.common import adversaries
from examples.common import costs
from examples.common import heads
from examples.common import training
from examples.common.one_cycle import OneCycle
from examples.fashion_mnist import data
from examples.fashion_mnist import experiments
from keras_ceb import schedules

FLAGS = flags.FLAGS


def build_backbone(preset, dropout, image_shape, seed):
    """A convolutional network without normalization, without its classifier.

    Four convolutions of 3 x 3, pooled after the first, the second and the
    last, and a dense layer.
    """
    initializer = iter(
        keras.initializers.HeNormal(seed=100 * seed + place)
        for place in range(len(preset.channels) + 1)
    )
    inputs = x = keras.Input(image_shape)
    for place, channels in enumerate(preset.channels):
        x = layers.Conv2D(
            channels,
            3,
            padding="same",
            activation="relu",
            kernel_initializer=next(initializer),
        )(x)
        if place != 2:
            x = layers.MaxPooling2D(2, padding="same")(x)
    x = layers.Dense(
        preset.features,
        activation="relu",
        kernel_initializer=next(initializer),
    )(layers.Flatten()(x))
    if dropout:
        x = layers.Dropout(dropout, seed=seed)(x)
    return keras.Model(inputs, x)


def build_model(name, preset, steps_per_epoch, image_shape, seed):
    """The compiled model of an experiment."""
    experiment = experiments.experiment(name)
    keras.utils.set_random_seed(seed)
    model = heads.wrap(
        build_backbone(preset, experiment.dropout, image_shape, seed),
        experiment,
        data.CLASSES,
        lambda rho: schedules.JumpStart(
            rho,
            steps_per_epoch,
            warmup_epochs=preset.warmup_epochs,
            anneal_epochs=preset.anneal_epochs,
        ),
        seed,
        name,
    )
    rate = OneCycle(
        preset.learning_rate, preset.epochs * steps_per_epoch, preset.peak
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
    image_shape = train.images.shape[1:]
    training.run(
        lambda: build_model(name, preset, len(train), image_shape, seed),
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
        "ceb_2",
        list(experiments.PRESETS),
        "File (.npz) or folder (TFDS).",
    )
    flags.adopt_module_key_flags(training)
    app.run(main)
