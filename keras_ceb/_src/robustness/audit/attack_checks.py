"""Checks of an audit that compare attacks with each other."""

import math

import numpy as np

from keras_ceb._src.robustness.attacks.fgsm import FGSM
from keras_ceb._src.robustness.attacks.square import Square
from keras_ceb._src.robustness.audit.check import ATHALYE
from keras_ceb._src.robustness.audit.check import CARLINI
from keras_ceb._src.robustness.audit.check import CROCE
from keras_ceb._src.robustness.audit.check import SLACK
from keras_ceb._src.robustness.audit.check import Check
from keras_ceb._src.robustness.audit.sample import Sample
from keras_ceb._src.robustness.classifier import Classifier
from keras_ceb._src.robustness.classifier import logits_of


def growing_radius(sample: Sample) -> Check:
    """Accuracy must decrease to zero in a ball that contains the gray image."""
    lower, upper = sample.classifier.bounds
    # The gray image is within this distance of every image of any class.
    largest = 0.5 * (upper - lower)
    if sample.norm == "l2":
        largest *= math.sqrt(sample.x[0].size)
    radii = [r for r in (1, 2, 4) if r * sample.eps < largest]
    accuracy = {
        f"{eps:.4g}": float(sample.run(sample.pgd(eps)).mean())
        for eps in [*(r * sample.eps for r in radii), largest]
    }
    values = list(accuracy.values())
    rises = max(np.diff(values), default=0.0)
    return Check(
        "accuracy falls to 0 as eps grows",
        {"accuracy_at_eps": accuracy},
        bool(values[-1] > SLACK or rises > SLACK),
        "A ball that reaches the gray image contains an example of another "
        "class for every image; an attack that does not find it is broken.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.1",
    )


def more_effort(sample: Sample) -> Check:
    """Five times the steps and restarts must not help much."""
    effort = sample.pgd(steps=200, restarts=5, seed=1)
    more = sample.under_pgd & sample.run(effort)
    base, better = sample.under_pgd.mean(), more.mean()
    return Check(
        "more steps and restarts do not help much more",
        {"pgd_40": float(base), "pgd_200_with_5_restarts": float(better)},
        bool(base - better > 2 * SLACK),
        "If five times the steps and restarts find many more examples, the "
        "attack has not converged and the accuracy is too high.",
        f"{CARLINI}, sections 5.2 and 5.5",
    )


def single_step(sample: Sample) -> Check:
    """FGSM must not succeed on images on which PGD fails."""
    fgsm = sample.run(FGSM(sample.norm, sample.eps))
    # Only the last iterate: the default also tries a single step of `eps`.
    fooled = np.flatnonzero(sample.right & ~fgsm)
    robust = sample.run(sample.pgd(keep="last"), fooled)
    share = float(np.mean(robust))
    return Check(
        "iterative attacks beat single-step attacks",
        {
            "fgsm": float(fgsm.mean()),
            "pgd_40": float(sample.under_pgd.mean()),
            "fooled_by_fgsm_only": share,
        },
        share > SLACK,
        "If one step succeeds on images on which many steps fail, the "
        "gradient misleads the search.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.3",
    )


def black_box(sample: Sample, twin: Classifier | None = None) -> Check:
    """Attacks without gradients must not succeed where gradients fail."""
    robust = sample.under_white_box
    figures = {"white_box": float(robust.mean())}
    keep = np.flatnonzero(robust)
    fooled = np.zeros(len(robust), bool)
    if sample.x.ndim == 4 and len(keep):
        square = Square(sample.norm, sample.eps, 1000)
        broken = robust & ~sample.run(square, keep)
        figures["fooled_by_square_only"] = float(broken.mean())
        fooled |= broken
    if twin is not None and len(keep):
        attack = sample.pgd(keep="last")
        x = attack(twin, sample.x[keep], sample.y[keep])
        logits = logits_of(sample.classifier, x)
        moved = keep[logits.argmax(axis=1) != sample.y[keep]]
        figures["fooled_by_transfer_only"] = len(moved) / len(robust)
        fooled[moved] = True
    return Check(
        "black-box attacks do not beat white-box attacks",
        figures,
        bool(fooled.mean() > SLACK),
        "An attack with less information must not find more examples: if it "
        "does, the gradients that the other attack follows are masked.",
        f"{ATHALYE}, section 3.1; {CROCE}, section 4",
    )


def logit_scale(sample: Sample) -> Check:
    """A loss that depends on the scale of the logits must work as well."""
    by_entropy = sample.run(sample.pgd(loss="cross_entropy"))
    base, entropy = sample.under_pgd.mean(), by_entropy.mean()
    return Check(
        "the scale of the logits does not matter",
        {"pgd_cross_entropy": float(entropy), "pgd_margin": float(base)},
        bool(entropy - base > 2 * SLACK),
        "The scale of the logits does not move the decision boundary: if "
        "cross-entropy finds fewer examples than a scale-invariant loss, "
        "large logits mask the gradient.",
        f"{CROCE}, section 4",
    )
