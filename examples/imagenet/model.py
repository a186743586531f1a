"""The compiled model of an experiment, and its learning rate."""

import keras

import keras_ceb
from examples.imagenet.experiments import NETWORKS
from keras_ceb import schedules

# Of ImageNet's pixels from 0 to 1, red, green and blue, as in the reference.
MEAN = (0.485, 0.456, 0.406)
STDDEV = (0.229, 0.224, 0.225)


@keras.saving.register_keras_serializable(package="examples.imagenet")
class WarmupAndDrops(keras.optimizers.schedules.LearningRateSchedule):
    """A linear warm-up from zero, then a tenth of the rate after each drop.

    Args:
        rate: The rate after the warm-up.
        warmup_steps: Length of the warm-up, in optimizer steps.
        drops: Steps at which the rate falls to a tenth.
    """

    def __init__(self, rate, warmup_steps, drops):
        super().__init__()
        self.rate = rate
        self.warmup_steps = warmup_steps
        self.drops = list(drops)

    def __call__(self, step):
        step = keras.ops.cast(step, "float32")
        rate = self.rate * keras.ops.minimum(
            step / max(self.warmup_steps, 1), 1.0
        )
        for drop in self.drops:
            rate = keras.ops.where(step < drop, rate, 0.1 * rate)
        return rate

    def get_config(self):
        return {
            "rate": self.rate,
            "warmup_steps": self.warmup_steps,
            "drops": self.drops,
        }


def learning_rate(preset, steps_per_epoch):
    """The schedule of a preset, in optimizer steps."""
    return WarmupAndDrops(
        preset.learning_rate,
        round(preset.warmup_epochs * steps_per_epoch),
        [round(drop * steps_per_epoch) for drop in preset.drops],
    )


def build_backbone(experiment, preset, seed=0):
    """Pixels from 0 to 1, standardized, and the ResNet behind them."""
    network = NETWORKS[experiment.network]
    shape = (preset.image_size, preset.image_size, 3)
    inputs = keras.Input(shape)
    x = keras.layers.Normalization(
        mean=MEAN,
        variance=[stddev**2 for stddev in STDDEV],
        dtype="float32",
        name="standardize",
    )(inputs)
    resnet = keras_ceb.backbones.ResNet(
        dict(preset.depths)[network.depth],
        network.width * preset.width_factor,
        input_shape=shape,
        dtype=preset.dtype,
        seed=seed,
    )
    return keras.Model(inputs, resnet(x), name="backbone")


def build_network(experiment, preset, schedule=0.0, seed=0):
    """The model of an experiment, not compiled.

    Args:
        experiment: An `Experiment`.
        preset: A `Preset`.
        schedule: What rho is; cross-entropy has no bottleneck to weigh.
        seed: Seed of the initial values and of the noise.
    """
    return keras_ceb.wrap(
        build_backbone(experiment, preset, seed),
        preset.num_classes,
        objective="xent" if experiment.method == "xent" else "ceb",
        classifier="consistent" if experiment.method == "cceb" else "linear",
        rho=schedule,
        weight_decay=preset.weight_decay,
        seed=seed,
        name=experiment.name,
    )


def build(
    experiment,
    preset,
    steps_per_epoch,
    seed=0,
    steps_per_execution=1,
    adversary=None,
):
    """The compiled model of an experiment.

    Args:
        experiment: An `Experiment`.
        preset: A `Preset`.
        steps_per_epoch: Optimizer steps an epoch.
        seed: Seed of the initial values and of the noise.
        steps_per_execution: Training steps in one call of the device.
        adversary: What it is trained against, of `keras_ceb.adversarial`.
    """
    keras.utils.set_random_seed(seed)
    schedule = 0.0
    if experiment.rho is not None:
        schedule = schedules.Anneal(float(experiment.rho), preset.anneal_steps)
    model = build_network(experiment, preset, schedule, seed)
    optimizer = keras.optimizers.SGD(
        learning_rate(preset, steps_per_epoch),
        momentum=preset.momentum,
        nesterov=True,
    )
    model.compile(
        optimizer,
        metrics=["accuracy"],
        steps_per_execution=steps_per_execution,
        adversary=adversary,
    )
    return model
