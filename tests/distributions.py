"""The distribution objects of the three backends, read alike."""

import keras
from keras import ops


def moments(distribution):
    """The mean and the standard deviation: PyTorch's are attributes."""
    values = distribution.mean, distribution.stddev
    return [ops.convert_to_numpy(v() if callable(v) else v) for v in values]


def divergence(first, second):
    """KL(first || second), `[batch]`."""
    if keras.config.backend() == "torch":
        from torch.distributions import kl_divergence

        return ops.convert_to_numpy(kl_divergence(first, second))
    return ops.convert_to_numpy(first.kl_divergence(second))
