"""Measures how accurate and how robust a model of the GPU study is."""

import functools
import time

import numpy as np

import keras_ceb
from examples.cifar10.gpu import networks
from examples.cifar10.gpu.settings import EPS
from examples.common import calibration
from examples.common import paired
from keras_ceb.robustness import Classifier
from keras_ceb.robustness import robust_accuracy
from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import AutoAttack


@functools.cache
def _evaluator(network, image_shape, options):
    """One model per network takes all weights: attacks compile once."""
    backbone = networks.NETWORKS[network](image_shape, 0, **dict(options))
    return keras_ceb.wrap(backbone, 10, objective="xent")


def evaluator(network, settings, image_shape):
    """A float32 model with a linear classifier, of any weights."""
    options = tuple(settings.networks[network].items())
    return _evaluator(network, tuple(image_shape), options)


def autoattack(eps, settings):
    """AutoAttack, or in a test what stands in for it."""
    if settings.stand_in:
        return PGD("linf", eps, 2)
    return AutoAttack("linf", eps)


def pgd(eps, settings):
    return PGD("linf", eps, 2 if settings.stand_in else 20)


def _named(norm_eps):
    return f"{255 * norm_eps:g}/255"


def measures(row, settings):
    """What is measured of a row, by name, cheapest first."""
    training = "fast" if row.fast else "plain"
    found = {"clean": ("clean", None)}
    for eps in settings.pgd[training]:
        found[f"pgd {_named(eps)}"] = ("pgd", eps)
    for eps in sorted(settings.autoattack[training], reverse=True):
        found[f"autoattack {_named(eps)}"] = ("autoattack", eps)
    return found


def measure(kind, eps, model, test, settings):
    """Figures of one measure, with the seconds that it took.

    Args:
        kind: `"clean"`, `"pgd"` or `"autoattack"`.
        eps: Radius, L-infinity.
        model: From `evaluator`, with its weights.
        test: Images in 0..1 and labels.
        settings: `Settings`.
    """
    start = time.time()
    x, y = test
    if kind == "clean":
        figures = _clean(model, x, y, settings)
    else:
        attack = pgd(eps, settings)
        if kind == "autoattack":
            x, y = x[: settings.images], y[: settings.images]
            attack = autoattack(eps, settings)
        classifier = Classifier(model, batch_size=settings.attack_batch)
        result = robust_accuracy(classifier, (x, y), attack, verbose=0)
        figures = {
            "attack": result.attack["name"],
            "eps": eps,
            "accuracy": result.accuracy,
            "clean": result.clean_accuracy,
            "interval": list(result.interval),
            "images": len(y),
        }
        if kind == "autoattack":
            figures["after"] = result.after
            # For tests on the same images.
            figures["stands"] = paired.text_of(result.robust)
    return {**figures, "seconds": round(time.time() - start, 2)}


def _clean(model, x, y, settings):
    logits = model.predict(x, batch_size=settings.attack_batch, verbose=0)
    return {
        "accuracy": float(np.mean(logits.argmax(axis=1) == y)),
        "nll": calibration.nll(logits, y),
        "ece": calibration.ece(logits, y),
        "images": len(y),
    }


def time_gradient(network, settings, image_shape, test):
    """Seconds to compile PGD, and seconds of one gradient of a batch."""
    model = Classifier(
        evaluator(network, settings, image_shape),
        batch_size=settings.attack_batch,
    )
    x, y = (part[: settings.attack_batch] for part in test)
    attack = PGD("linf", EPS, 20, keep="last")
    start = time.time()
    attack(model, x, y)
    compiled = time.time()
    attack(model, x, y)
    seconds = time.time() - compiled
    return compiled - start - seconds, seconds / 20
