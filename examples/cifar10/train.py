"""Trains one model of the CIFAR-10 study.

    python -m examples.cifar10.train --experiment=ceb_2 --preset=cpu \
        --data=cifar10.npz --workdir=runs/cifar10/ceb_2/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. On JAX (`KERAS_BACKEND=jax`) it does
not need TensorFlow. `--data` is an .npz file with x_train, y_train, x_test and
y_test, or the data folder of TensorFlow Datasets.
"""

import os

import keras
from absl import app
from absl import flags

import keras_ceb
from examples.cifar10 import data
from examples.cifar10 import experiments
from examples.common import adversaries
from examples.common import training
from keras_ceb import schedules

FLAGS = flags.FLAGS


def build_backbone(experiment, preset, image_shape, seed):
    """The network of an experiment, without its classifier."""
    if experiment.backbone == "wide_resnet":
        return keras_ceb.backbones.WideResNet(
            preset.depth,
            preset.width,
            norm=experiment.norm,
            stem_stride=preset.stem_stride,
            input_shape=image_shape,
            seed=seed,
        )
    blocks = [(preset.depth - 4) // 6] * 3
    if experiment.backbone == "keras_cv":
        import keras_cv

        # Its groups have two blocks at least: the first and the last.
        blocks = [max(2, count) for count in blocks]
        return keras_cv.models.ResNetV2Backbone(
            stackwise_filters=[64, 128, 256],
            stackwise_blocks=blocks,
            stackwise_strides=[1, 2, 2],
            include_rescaling=False,
            input_shape=image_shape,
        )
    import keras_hub

    return keras_hub.models.ResNetBackbone(
        input_conv_filters=[64],
        input_conv_kernel_sizes=[3],
        stackwise_num_filters=[64, 128, 256],
        stackwise_num_blocks=blocks,
        stackwise_num_strides=[1, 2, 2],
        block_type="basic_block",
        image_shape=image_shape,
    )


def build_schedule(experiment, preset, steps_per_epoch):
    """What rho is: the paper's jump-start, or the target all along."""
    if experiment.objective == "xent":
        return 0.0  # There is no bottleneck to weigh.
    if not experiment.jump_start:
        return schedules.Constant(experiment.rho)
    return schedules.JumpStart(
        experiment.rho,
        steps_per_epoch,
        warmup_epochs=preset.warmup_epochs,
        anneal_epochs=preset.anneal_epochs,
    )


def build_model(name, preset, steps_per_epoch, image_shape, seed):
    """The compiled model of an experiment."""
    experiment = experiments.experiment(name)
    keras.utils.set_random_seed(seed)
    model = keras_ceb.wrap(
        build_backbone(experiment, preset, image_shape, seed),
        num_classes=10,
        objective=experiment.objective,
        rho=build_schedule(experiment, preset, steps_per_epoch),
        classifier=experiment.classifier,
        seed=seed,
        name=name.replace("-", "minus_").replace(".", "_"),
    )
    drops = [
        round(drop * preset.epochs * steps_per_epoch) for drop in preset.drops
    ]
    rates = [preset.learning_rate * 0.3**i for i in range(len(drops) + 1)]
    rate = keras.optimizers.schedules.PiecewiseConstantDecay(drops, rates)
    model.compile(
        keras.optimizers.Adam(rate),
        metrics=["accuracy"],
        jit_compile=preset.jit_compile,
        adversary=adversaries.build(
            experiment.adversary, preset.train_eps, seed
        ),
    )
    return model


def main(_):
    preset = experiments.preset(FLAGS.preset)
    settings = experiments.settings(FLAGS.experiment, FLAGS.preset)
    train = data.load(FLAGS.data, "train", preset, FLAGS.seed)
    test = data.load(FLAGS.data, "test", preset)
    callbacks = []
    if FLAGS.tensorboard:
        logs = os.path.join(FLAGS.workdir, "tensorboard")
        callbacks.append(keras.callbacks.TensorBoard(logs))
    training.run(
        lambda: build_model(
            FLAGS.experiment,
            preset,
            len(train),
            train.images.shape[1:],
            FLAGS.seed,
        ),
        (train, test),
        preset.epochs,
        FLAGS.workdir,
        settings,
        FLAGS.seed,
        validation_freq=preset.validation_freq,
        callbacks=callbacks,
        verbose=FLAGS.verbose,
    )


if __name__ == "__main__":
    # Not at import: tests import this module beside others.
    flags.DEFINE_string("experiment", "ceb_2", "Name in experiments.py.")
    flags.DEFINE_string("preset", "cpu", ", ".join(experiments.PRESETS))
    flags.DEFINE_integer("seed", 0, "Seed of everything.", lower_bound=0)
    flags.DEFINE_string(
        "data", None, "File (.npz) or folder (TFDS) of CIFAR-10."
    )
    flags.DEFINE_string("workdir", None, "Folder of this run.", required=True)
    flags.DEFINE_bool("tensorboard", False, "Write TensorBoard logs.")
    flags.DEFINE_integer(
        "verbose", 1, "1 shows progress bars, 2 lines, 0 nothing."
    )
    app.run(main)
