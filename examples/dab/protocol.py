"""The Distance-Aware Bottleneck (DAB) from the parts of this package.

DAB is a variational information bottleneck for uncertainty: an encoding of
eight dimensions, a codebook of ten Gaussians with full covariances in place of
VIB's one marginal, and the divergence from the codebook as the score of images
that are unlike the training data. As a `CEBModel`,

    loss = -log c(y|z) + beta (log e(z|x) - log sum_k pi_k N(z; mu_k, T_k)),

where beta = sigma(-rho), and the score of an image is the bound
-ln sum_k pi_k exp(-KL(e(z|x), N(mu_k, T_k))), `residual_information`.

What differs from the authors' code: their encoder has a full covariance, here
a diagonal one; they minimize the divergence to the codebook with an optimizer
of its own, in an epoch that alternates with those of the network, and set its
covariances and weights by moving averages, where here all is one objective and
one optimizer; their score is the expected divergence, which is the bound
without the term for the weights.

Reference: Apostolopoulou et al., "A Rate-Distortion View of Uncertainty
Quantification" (ICML 2024), https://arxiv.org/abs/2406.10775; the settings are
the defaults of https://github.com/ifiaposto/Distance_Aware_Bottleneck.
"""

import dataclasses
import math

import keras
from keras import ops

import keras_ceb
from keras_ceb import schedules

# Of CIFAR-10's training images, 0 to 1, as the authors standardize them.
MEAN = (0.4914, 0.4822, 0.4465)
STANDARD_DEVIATION = (0.2470, 0.2435, 0.2616)


@dataclasses.dataclass(frozen=True)
class Preset:
    """How large, and how long.

    Attributes:
        depth: Of the Wide ResNet.
        width: Of the Wide ResNet.
        z_dim: Dimensions of the encoding.
        components: Gaussians in the codebook.
        beta: Weight of the divergence from the codebook.
        epochs: Length of the training.
        drops: Epochs at which the learning rate falls to `decay` of itself.
        decay: See `drops`.
        warmup_epochs: Epochs of a linear warmup.
        batch_size: Images per step.
        learning_rate: Per 128 images of a batch.
        weight_decay: Half of it multiplies the sum of squares: the authors'
            2e-4 is without the half.
        images: Number of test images of each set, or `None` for all.
        eagerly: Whether the steps are not compiled, for a test of one.
    """

    depth: int = 28
    width: int = 10
    z_dim: int = 8
    components: int = 10
    beta: float = 1e-3
    epochs: int = 200
    drops: tuple[int, ...] = (60, 120, 160)
    decay: float = 0.2
    warmup_epochs: int = 1
    batch_size: int = 256
    learning_rate: float = 0.1
    weight_decay: float = 4e-4
    images: int | None = None
    eagerly: bool = False


PRESETS = {
    "paper": Preset(),
    # Proves in a test that everything runs; the figures mean nothing.
    "smoke": Preset(
        depth=10,
        width=1,
        epochs=1,
        drops=(1,),
        batch_size=16,
        images=16,
        eagerly=True,
    ),
}


@keras.saving.register_keras_serializable(package="dab")
class WarmUpSteps(keras.optimizers.schedules.LearningRateSchedule):
    """A linear warmup, and then a rate that falls in steps.

    Args:
        rate: The rate after the warmup.
        warmup: Steps of the warmup.
        drops: Steps at which the rate falls to `decay` of itself.
        decay: See `drops`.
    """

    def __init__(self, rate, warmup, drops, decay):
        super().__init__()
        self.rate = rate
        self.warmup = warmup
        self.drops = list(drops)
        self.decay = decay

    def __call__(self, step):
        step = ops.cast(step, "float32")
        rate = self.rate * ops.minimum(1.0, step / self.warmup)
        for drop in self.drops:
            rate = ops.where(step >= drop, self.decay * rate, rate)
        return rate

    def get_config(self):
        return {
            "rate": self.rate,
            "warmup": self.warmup,
            "drops": self.drops,
            "decay": self.decay,
        }


def build_model(preset, steps_per_epoch, image_shape, num_classes, seed):
    """The compiled model of a preset.

    Args:
        preset: A `Preset`.
        steps_per_epoch: Steps per epoch, for the learning rate.
        image_shape: `(height, width, 3)` of the images, pixels from 0 to 1.
        num_classes: Number of classes.
        seed: Integer seed of the initial values and the noise.
    """
    keras.utils.set_random_seed(seed)
    inputs = keras.Input(image_shape)
    variance = [deviation**2 for deviation in STANDARD_DEVIATION]
    standardized = keras.layers.Normalization(mean=MEAN, variance=variance)
    network = keras_ceb.backbones.WideResNet(
        preset.depth,
        preset.width,
        norm="batch",
        input_shape=image_shape,
        seed=seed,
    )
    model = keras_ceb.wrap(
        keras.Model(inputs, network(standardized(inputs))),
        num_classes,
        objective="vib",
        z_dim=preset.z_dim,
        covariance="full",
        components=preset.components,
        rho=schedules.Constant(rho_of(preset.beta)),
        weight_decay=preset.weight_decay,
        seed=seed,
        name="dab",
    )
    rate = WarmUpSteps(
        preset.learning_rate * preset.batch_size / 128,
        preset.warmup_epochs * steps_per_epoch,
        [drop * steps_per_epoch for drop in preset.drops],
        preset.decay,
    )
    model.compile(
        keras.optimizers.SGD(rate, momentum=0.9, nesterov=True),
        metrics=["accuracy"],
        run_eagerly=preset.eagerly,
    )
    return model


def rho_of(beta):
    """The rho at which VIB weighs the divergence by beta: sigma(-rho)."""
    return math.log(1.0 / beta - 1.0)
