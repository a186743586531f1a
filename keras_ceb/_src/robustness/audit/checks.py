"""The checks of an audit: each gives figures, a verdict and a sentence.

The figures are measured on a sample of the data; accuracies count all its
images. The limits leave room for the noise of a few hundred images.
"""

import dataclasses
import functools
import math
from typing import Any

import numpy as np

from keras_ceb._src.robustness.attacks.apgd import APGD
from keras_ceb._src.robustness.attacks.attack import Attack
from keras_ceb._src.robustness.attacks.fgsm import FGSM
from keras_ceb._src.robustness.attacks.losses import classes_needed
from keras_ceb._src.robustness.attacks.pgd import PGD
from keras_ceb._src.robustness.attacks.square import Square
from keras_ceb._src.robustness.audit import probes
from keras_ceb._src.robustness.model_function import ModelFunction
from keras_ceb._src.robustness.robust_accuracy import robust_accuracy

ATHALYE = "Athalye, Carlini and Wagner, 2018"
CARLINI = "Carlini et al., 2019"
CROCE = "Croce and Hein, 2020"

# By how much an attack that should be weaker may come out ahead, as a share
# of all images.
_SLACK = 0.03


@dataclasses.dataclass(frozen=True)
class Check:
    """One check of an audit.

    Attributes:
        name: What was checked.
        figures: What was measured.
        flagged: Whether the figures speak against the robust accuracy.
        explanation: What the check means, in a sentence.
        source: Where it comes from.
    """

    name: str
    figures: dict[str, Any]
    flagged: bool
    explanation: str
    source: str


class Sample:
    """Images and everything that the checks measure on them, once."""

    def __init__(self, model, x, y, norm, eps, bounds, batch_size, from_logits):
        self.model, self.x, self.y = model, x, y
        self.norm, self.eps, self.bounds = norm, eps, bounds
        self.batch_size, self.from_logits = batch_size, from_logits
        self.classifier = ModelFunction(model, from_logits)
        self.num_classes = probes.logits_of(self.classifier, x[:1]).shape[1]

    def run(self, attack: Attack, keep: np.ndarray | None = None) -> np.ndarray:
        """Which images (of those in `keep`) stay right under an attack."""
        images = np.arange(len(self.y)) if keep is None else keep
        if not len(images):
            return np.zeros(len(self.y), bool)
        result = robust_accuracy(
            self.model,
            (self.x[images], self.y[images]),
            attack,
            batch_size=self.batch_size,
            from_logits=self.from_logits,
            verbose=0,
        )
        robust = np.zeros(len(self.y), bool)
        robust[images] = result.robust
        return robust

    def pgd(self, eps: float | None = None, steps: int = 40, **kwargs) -> PGD:
        """PGD whose path, 2.5 eps, reaches across the ball."""
        eps = self.eps if eps is None else eps
        return PGD(
            self.norm,
            eps,
            steps,
            2.5 * eps / steps,
            bounds=self.bounds,
            **kwargs,
        )

    @functools.cached_property
    def right(self) -> np.ndarray:
        """Which images are right without attack."""
        logits = probes.logits_of(self.classifier, self.x)
        return logits.argmax(axis=1) == self.y

    @functools.cached_property
    def under_pgd(self) -> np.ndarray:
        return self.run(self.pgd())

    @functools.cached_property
    def under_white_box(self) -> np.ndarray:
        """Which images the best gradient attacks leave standing."""
        stands = self.under_pgd
        for loss in ("cross_entropy", "dlr"):
            if self.num_classes < classes_needed(loss):
                loss = "margin"
            attack = APGD(self.norm, self.eps, loss=loss, bounds=self.bounds)
            if stands.any():
                stands = self.run(attack, np.flatnonzero(stands))
        return stands


def growing_radius(sample: Sample) -> Check:
    """Accuracy must fall to zero in a ball that holds every image."""
    width = sample.bounds[1] - sample.bounds[0]
    # Grey is this close to every image, whatever its class.
    largest = 0.5 * width
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
        bool(values[-1] > _SLACK or rises > _SLACK),
        "A ball that reaches the grey image holds an example of another class "
        "for every image; an attack that does not find it is broken.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.1",
    )


def more_effort(sample: Sample) -> Check:
    """Five times the steps and restarts must not change the figure much."""
    effort = sample.pgd(steps=200, restarts=5, seed=1)
    more = sample.under_pgd & sample.run(effort)
    base, better = sample.under_pgd.mean(), more.mean()
    return Check(
        "more steps and restarts do not help much more",
        {"pgd_40": float(base), "pgd_200_with_5_restarts": float(better)},
        bool(base - better > 2 * _SLACK),
        "If five times the steps and restarts find many more examples, the "
        "attack has not converged and the figure is too high.",
        f"{CARLINI}, sections 5.2 and 5.5",
    )


def single_step(sample: Sample) -> Check:
    """FGSM must not fool what PGD leaves standing."""
    attack = FGSM(sample.norm, sample.eps, bounds=sample.bounds)
    fgsm = sample.run(attack)
    # Where the many steps end: on its way `PGD` takes a single step too.
    fallen = np.flatnonzero(sample.right & ~fgsm)
    walked = sample.run(sample.pgd(keep="last"), fallen)
    share = float(np.mean(walked))
    return Check(
        "iterative attacks beat single-step attacks",
        {
            "fgsm": float(fgsm.mean()),
            "pgd_40": float(sample.under_pgd.mean()),
            "fooled_by_fgsm_only": share,
        },
        share > _SLACK,
        "One step that fools images which many steps cannot means that the "
        "gradient misleads the search.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.3",
    )


def black_box(sample: Sample, twin: Any = None) -> Check:
    """Attacks without gradients must not fool what white-box ones leave."""
    stands = sample.under_white_box
    figures = {"white_box": float(stands.mean())}
    keep = np.flatnonzero(stands)
    fooled = np.zeros(len(stands), bool)
    if sample.x.ndim == 4 and len(keep):
        square = Square(sample.norm, sample.eps, 1000, bounds=sample.bounds)
        broken = stands & ~sample.run(square, keep)
        figures["fooled_by_square_only"] = float(broken.mean())
        fooled |= broken
    if twin is not None and len(keep):
        attack = sample.pgd(keep="last")
        x = attack(
            twin, sample.x[keep], sample.y[keep], from_logits=sample.from_logits
        )
        logits = probes.logits_of(sample.classifier, x)
        broken = keep[logits.argmax(axis=1) != sample.y[keep]]
        figures["fooled_by_transfer_only"] = len(broken) / len(stands)
        fooled[broken] = True
    return Check(
        "black-box attacks do not beat white-box attacks",
        figures,
        bool(fooled.mean() > _SLACK),
        "An attack that sees less must not find more: where it does, the "
        "gradients that the other one follows are masked.",
        f"{ATHALYE}, section 3.1; {CROCE}, section 4",
    )


def zero_gradients(sample: Sample) -> Check:
    """The share of images whose float32 gradient is exactly zero."""
    figures = {}
    for loss in ("cross_entropy", "margin"):
        _, gradient = probes.loss_and_gradient(
            sample.classifier, sample.x, sample.y, loss
        )
        flat = np.abs(gradient).reshape(len(gradient), -1).max(axis=1)
        figures[f"{loss}_gradient_is_zero"] = float(np.mean(flat == 0))
    return Check(
        "gradients are not exactly zero",
        figures,
        max(figures.values()) > _SLACK,
        "Where the gradient is exactly zero in float32, an attack that "
        "follows it does not move, and the image counts as robust.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.6",
    )


def saturated_loss(sample: Sample) -> Check:
    """The share of right images whose cross-entropy has vanished."""
    loss, _ = probes.loss_and_gradient(
        sample.classifier, sample.x, sample.y, "cross_entropy"
    )
    logits = np.sort(probes.logits_of(sample.classifier, sample.x), axis=1)
    margin = logits[:, -1] - logits[:, -2]
    # Next to the rounding errors of the logits' softmax in float32.
    vanished = loss[sample.right] < 1e-6
    share = float(vanished.mean()) if len(vanished) else 0.0
    return Check(
        "the loss is not saturated",
        {
            "cross_entropy_below_1e-6": share,
            "median_margin_nats": float(np.median(margin)),
        },
        share > 0.5,
        "A loss that rounds to zero has lost the digits that its gradient "
        "needs; attack with the margin or the DLR loss.",
        f"{CROCE}, section 4; {CARLINI}, section 5.6",
    )


def logit_scale(sample: Sample) -> Check:
    """A loss that depends on the scale of the logits must do as well."""
    by_entropy = sample.run(sample.pgd(loss="cross_entropy"))
    base, entropy = sample.under_pgd.mean(), by_entropy.mean()
    return Check(
        "the scale of the logits does not matter",
        {"pgd_cross_entropy": float(entropy), "pgd_margin": float(base)},
        bool(entropy - base > 2 * _SLACK),
        "The scale of the logits does not move the decision boundary: if "
        "cross-entropy finds fewer examples than a loss free of the scale, "
        "large logits hide the gradient.",
        f"{CROCE}, section 4",
    )


def landscape(sample: Sample) -> Check:
    """The loss must rise faster along the gradient than along noise."""
    right = np.flatnonzero(sample.right)
    x, y = sample.x[right], sample.y[right]
    _, gradient = probes.loss_and_gradient(sample.classifier, x, y, "margin")
    noise = np.random.default_rng(0).normal(size=x.shape).astype("float32")
    start = _margin(probes.logits_of(sample.classifier, x), y)
    curves: dict[str, list[float]] = {}
    shares = (0.25, 0.5, 1.0)
    for name, ray in (("gradient", gradient), ("random", noise)):
        unit = np.sign(ray) if sample.norm == "linf" else _unit(ray)
        curves[name] = []
        for share in shares:
            moved = np.clip(x + share * sample.eps * unit, *sample.bounds)
            logits = probes.logits_of(
                sample.classifier, moved.astype("float32")
            )
            # Free of the scale of the logits: in units of the first margin.
            rise = (_margin(logits, y) - start) / np.maximum(-start, 1e-6)
            curves[name].append(float(np.median(rise)))
    ahead = curves["gradient"][-1] - curves["random"][-1]
    return Check(
        "the loss rises along the gradient, more than along noise",
        {"share_of_eps": list(shares), **curves},
        bool(ahead <= 0.01),
        "The median rise of the margin, in units of its first value. A "
        "gradient that does no better than a random direction carries no "
        "information about the boundary.",
        f"{ATHALYE}, section 3.1; {CARLINI}, section 5.6",
    )


def _unit(ray):
    length = np.linalg.norm(ray.reshape(len(ray), -1), axis=1)
    shape = (-1,) + (1,) * (ray.ndim - 1)
    return ray / np.maximum(length, 1e-30).reshape(shape)


def _margin(logits, y):
    rows = np.arange(len(y))
    wrong = logits.copy()
    wrong[rows, y] = -np.inf
    return wrong.max(axis=1) - logits[rows, y]


def randomness(sample: Sample) -> Check:
    """Two passes over the same images must give the same logits."""
    first, second = (
        probes.logits_of(sample.classifier, sample.x, seed=seed)
        for seed in (0, 1)
    )
    spread = np.ptp(first, axis=1) + 1e-12
    change = float(np.max(np.abs(first - second).max(axis=1) / spread))
    differ = float(np.mean(first.argmax(axis=1) != second.argmax(axis=1)))
    return Check(
        "predictions are the same twice",
        {"largest_relative_change": change, "predictions_that_differ": differ},
        bool(change > 1e-4 or differ > 0),
        "A model with noise at test time needs gradients averaged over the "
        "noise (`samples`, or `AutoAttack(version='rand')`); a figure from "
        "single draws is too high.",
        f"{ATHALYE}, section 4.2; {CARLINI}, section 5.4",
    )
