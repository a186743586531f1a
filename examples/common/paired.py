"""Tests of whether one model is better than another on the same images."""

import math

import numpy as np

# Far below one image of any test set, far above what rounding adds.
_SAME = 1e-9


def text_of(flags):
    """Booleans as text of ones and zeros, for a result file."""
    return "".join("1" if flag else "0" for flag in flags)


def flags_of(text):
    """The booleans of such a text."""
    return np.array(list(text)) == "1"


def won_and_lost(flags, others):
    """How many images are right for the one alone, and for the other alone."""
    return int(np.sum(flags & ~others)), int(np.sum(~flags & others))


def sign_test(better, worse):
    """Probability of a split at least as uneven, if both are as likely.

    Over images it is McNemar's exact test.
    """
    total, small = better + worse, min(better, worse)
    tail = sum(math.comb(total, k) for k in range(small + 1))
    return min(1.0, 2 * tail / 2**total)


def over_images(pairs):
    """Tests the difference of two models over images, several seeds of each.

    The differences of an image are summed over the seeds, because the seeds
    are right on much the same images; then each image's sign is as likely to
    be the other, if the models are equally good.

    Args:
        pairs: For each seed, the booleans of the model and of the other.

    Returns:
        The mean difference of the accuracies, and its two-sided p-value by
        the normal approximation.
    """
    differences = sum(
        flags.astype(float) - others.astype(float) for flags, others in pairs
    )
    spread = math.sqrt(float(np.square(differences).sum()))
    z = float(differences.sum()) / spread if spread else 0.0
    p = math.erfc(abs(z) / math.sqrt(2))
    return float(differences.mean()) / len(pairs), p


def over_seeds(differences):
    """Student's paired test over seeds, two-sided.

    Args:
        differences: Of accuracies, one per seed.

    Returns:
        The p-value; `None` where nothing tells how much seeds differ: with one
        seed, or if all differences are the same, as those of few images can be.
    """
    differences = np.asarray(differences, "float64")
    if np.ptp(differences) < _SAME:
        return None
    count = len(differences)
    error = differences.std(ddof=1) / math.sqrt(count)
    return student_tail(abs(differences.mean()) / error, count - 1)


def student_tail(t, freedom):
    """Probability that Student's t exceeds `t` >= 0 in magnitude.

    With x = arctan(t / sqrt(freedom)) it is one minus the share of the
    integral of cos(x)^(freedom - 1) from 0 to pi / 2 that lies below.
    """

    def integral(end):
        x = np.linspace(0.0, end, 20_001)
        y = np.cos(x) ** (freedom - 1)
        return x[1] * (y.sum() - (y[0] + y[-1]) / 2)

    below = integral(math.atan(t / math.sqrt(freedom)))
    return float(1.0 - below / integral(math.pi / 2))
