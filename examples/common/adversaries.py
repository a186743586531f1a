"""What the models of the studies are trained against, by name."""

from examples.common import names
from keras_ceb import adversarial


def _madry(eps, seed, steps=7):
    # Seven steps, as in the paper; the authors' code takes ten.
    return adversarial.PGDTraining("linf", eps, steps=steps, seed=seed)


def fast(eps, seed, noise="unclipped"):
    """One step, from the start that is safer against overfitting to it."""
    return adversarial.FastTraining("linf", eps, noise=noise, seed=seed)


def _trades(eps, seed, steps=10):
    return adversarial.TRADES("linf", eps, beta=6.0, steps=steps, seed=seed)


ADVERSARIES = {"madry": _madry, "fast": fast, "trades": _trades}


def build(name, eps, seed, steps=None):
    """The adversary of that name, of the L-infinity norm.

    Args:
        name: Key of `ADVERSARIES`, or `None` for training on clean images.
        eps: Radius of the ball, in pixels from 0 to 1.
        seed: Seed of the random starts.
        steps: Of each attack, where it has several; by default those of the
            literature.

    Raises:
        ValueError: If there is none of that name.
    """
    if name is None:
        return None
    adversary = names.find("adversary", name, ADVERSARIES)
    if steps is None or adversary is fast:
        return adversary(eps, seed)
    return adversary(eps, seed, steps)
