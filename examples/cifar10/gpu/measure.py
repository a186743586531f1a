"""Measures how accurate and how robust a model of the GPU study is."""

import functools
import time

import numpy as np
from keras import ops

import keras_ceb
from examples.cifar10.gpu import networks
from examples.cifar10.gpu.settings import EPS
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


def transfer(model, target):
    """Gives an evaluator the function that `model` is at test time.

    The consistent classifier z . mu_y - 1/2 |mu_y|^2 is linear in z.
    """
    target.backbone.set_weights(model.backbone.get_weights())
    if isinstance(model.classifier, keras_ceb.layers.ConsistentClassifier):
        means = ops.convert_to_numpy(model.marginal.means)
        kernel, bias = means.T, -0.5 * np.square(means).sum(axis=1)
    else:
        kernel, bias = model.classifier.get_weights()
    target.classifier.set_weights([kernel, bias])


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
            figures["stands"] = "".join(map(str, result.robust.astype(int)))
    return {**figures, "seconds": round(time.time() - start, 2)}


def _clean(model, x, y, settings):
    logits = model.predict(x, batch_size=settings.attack_batch, verbose=0)
    shifted = logits.astype("float64") - logits.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    confidence = np.exp(log_p.max(axis=1))
    right = logits.argmax(axis=1) == y
    # 15 bins of equal width, as Guo et al., 2017.
    bins = np.minimum((15 * confidence).astype(int), 14)
    gaps = np.bincount(bins, right - confidence, minlength=15)
    return {
        "accuracy": float(right.mean()),
        "nll": float(-log_p[np.arange(len(y)), y].mean()),
        "ece": float(np.abs(gaps).sum() / len(y)),
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
