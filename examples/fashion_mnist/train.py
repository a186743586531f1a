"""Trains one model of the Fashion-MNIST study.

    python -m examples.fashion_mnist.train --experiment=ceb_2 \
        --data=fashion_mnist.npz --workdir=runs/fashion_mnist/ceb_2/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is an .npz file with x_train,
y_train, x_test and y_test, or the data folder of TensorFlow Datasets.
`python -m examples.fashion_mnist.sweep --list` lists the study.
"""

import functools

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


def build_model(name, preset, train, seed):
    """The compiled model of an experiment.

    Args:
        name: Of the experiment.
        preset: A `Preset`.
        train: What `data.load` returned for training.
        seed: Of the initial values and of the noise.
    """
    experiment = experiments.experiment(name)
    keras.utils.set_random_seed(seed)
    model = heads.wrap(
        build_backbone(
            preset, experiment.dropout, train.images.shape[1:], seed
        ),
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
        "ceb_2",
        list(experiments.PRESETS),
        "File (.npz) or folder (TFDS).",
    )
    flags.adopt_module_key_flags(training)
    app.run(main)
