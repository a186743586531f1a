"""The networks of the GPU study against their published sizes."""

import math

import keras

from examples.cifar10.gpu import networks


def test_preact_resnet_18():
    model = networks.preact_resnet((32, 32, 3), 0)
    count = sum(math.prod(v.shape) for v in model.trainable_variables)
    # The literature's PreActResNet-18 has 11,171,146 weights with its
    # classifier of 5,130, and no last BatchNorm, of 1,024.
    assert count + 5_130 - 1_024 == 11_171_146
    assert model.output_shape == (None, 4, 4, 512)


def test_every_convolution_has_initial_values_of_its_own():
    kernels = [
        layer.kernel
        for seed in (0, 1)
        for layer in networks.preact_resnet((8, 8, 3), seed, 2, 1).layers
        if isinstance(layer, keras.layers.Conv2D)
    ]
    values = [float(keras.ops.sum(kernel)) for kernel in kernels]
    assert len(set(values)) == len(values)
