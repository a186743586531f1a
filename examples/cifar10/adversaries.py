"""What the models of the CIFAR-10 studies are trained against, by name."""

from examples.common import names
from keras_ceb import adversarial


def _madry(eps, seed):
    # Seven steps, as in the paper; the authors' code takes ten.
    return adversarial.PGDTraining("linf", eps, steps=7, seed=seed)


def fast(eps, seed, noise="unclipped"):
    """One step, from the start that is safer against overfitting to it."""
    return adversarial.FastTraining("linf", eps, noise=noise, seed=seed)


def _trades(eps, seed):
    return adversarial.TRADES("linf", eps, beta=6.0, steps=10, seed=seed)


ADVERSARIES = {"madry": _madry, "fast": fast, "trades": _trades}


def build(name, eps, seed):
    """The adversary of that name, of the L-infinity norm.

    Args:
        name: Key of `ADVERSARIES`, or `None` for training on clean images.
        eps: Radius of the ball, in pixels from 0 to 1.
        seed: Seed of the random starts.

    Raises:
        ValueError: If there is none of that name.
    """
    if name is None:
        return None
    return names.find("adversary", name, ADVERSARIES)(eps, seed)
