"""What a network costs."""

import math

from keras import layers


def macs(network):
    """Multiplications of a forward pass per image, of its layers' kernels.

    Args:
        network: A Functional model of convolutions and dense layers.
    """
    total = 0
    for layer in network.layers:
        if isinstance(layer, layers.Conv2D):
            total += math.prod(layer.kernel.shape) * math.prod(
                layer.output.shape[1:3]
            )
        elif isinstance(layer, layers.Dense):
            total += math.prod(layer.kernel.shape)
    return total
