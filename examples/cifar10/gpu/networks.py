"""The two networks of the GPU study, without their classifiers."""

import keras
from keras import layers

import keras_ceb

# Of the CIFAR-10 training images.
MEAN = (0.4914, 0.4822, 0.4465)
DEVIATION = (0.2470, 0.2435, 0.2616)


class _Builder:
    """Convolutions with initial values of their own each."""

    def __init__(self, seed):
        self.seed = 1000 * seed

    def convolution(self, x, channels, size=3, stride=1):
        self.seed += 1
        return layers.Conv2D(
            channels,
            size,
            stride,
            padding="same",
            use_bias=False,
            kernel_initializer=keras.initializers.HeNormal(seed=self.seed),
        )(x)

    def block(self, x, channels, stride):
        """A pre-activation block; its shortcut takes the activation."""
        shortcut, x = x, _activation(x)
        if stride != 1 or shortcut.shape[-1] != channels:
            shortcut = self.convolution(x, channels, 1, stride)
        x = self.convolution(x, channels, stride=stride)
        x = self.convolution(_activation(x), channels)
        return layers.Add()([shortcut, x])


def _activation(x):
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
    return layers.ReLU()(x)


def preact_resnet(input_shape, seed, width=64, blocks=2):
    """PreActResNet-18 for small images, with BatchNorm.

    A convolution, four groups of pre-activation blocks of 1, 2, 4 and 8 times
    `width` channels, of which all but the first halve the resolution, and a
    last activation.

    Reference: He et al., 2016, "Identity mappings in deep residual networks";
    the form is that of the literature on adversarial training.
    """
    net = _Builder(seed)
    inputs = keras.Input(input_shape)
    x = net.convolution(_standardized(inputs), width)
    for group in range(4):
        for block in range(blocks):
            stride = 2 if group and not block else 1
            x = net.block(x, width * 2**group, stride)
    return keras.Model(inputs, _activation(x), name="preact_resnet")


def wide_resnet(input_shape, seed, depth=16, width=4):
    """A Wide ResNet without normalization (SkipInit)."""
    inputs = keras.Input(input_shape)
    network = keras_ceb.backbones.WideResNet(
        depth, width, input_shape=input_shape, seed=seed
    )
    outputs = network(_standardized(inputs))
    return keras.Model(inputs, outputs, name="norm_free_wide_resnet")


def _standardized(inputs):
    """In float32, whatever the policy: bfloat16 holds 1/255 but roughly."""
    return layers.Normalization(
        mean=MEAN, variance=[d**2 for d in DEVIATION], dtype="float32"
    )(inputs)


NETWORKS = {"preact": preact_resnet, "wrn": wide_resnet}
