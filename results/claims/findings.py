"""What a measurement says of a claim, and the verdict of several.

A difference counts if chance gives one as large in fewer than `LEVEL` of all
cases: over the images of all seeds, by the paired test of `paired.py` where
the files say which images are right, else as if the images were others.
"""

import dataclasses
import math

import numpy as np

from examples.common import paired

LEVEL = 0.05

CONFIRMED = "confirmed"
CONTRADICTED = "contradicted"
MIXED = "mixed"
NO_DIFFERENCE = "not confirmed"
NOT_TESTED = "not tested at that scale"
VERDICTS = (CONFIRMED, CONTRADICTED, MIXED, NO_DIFFERENCE, NOT_TESTED)


@dataclasses.dataclass(frozen=True)
class Finding:
    """What one measurement says of a claim.

    Attributes:
        study: Where it is from, for the page.
        file: The page or file with it, below `results/`.
        text: The figures.
        direction: 1 if as claimed, -1 if the reverse, 0 if neither.
        decides: Whether the study is large enough for the verdict.
    """

    study: str
    file: str
    text: str
    direction: int
    decides: bool = True


def verdict(findings):
    """One of `VERDICTS`, from the findings that decide."""
    directions = [f.direction for f in findings if f.decides]
    if not directions:
        return NOT_TESTED
    if 1 in directions and -1 in directions:
        return MIXED
    if 1 in directions:
        return CONFIRMED
    return CONTRADICTED if -1 in directions else NO_DIFFERENCE


@dataclasses.dataclass(frozen=True)
class Difference:
    """Accuracies of two models over the seeds that both have."""

    ours: float
    theirs: float
    p: float
    seeds: int

    @property
    def points(self):
        """How far the first is ahead."""
        return 100 * (self.ours - self.theirs)

    @property
    def sign(self):
        """1 if it is ahead by more than chance, -1 if behind, else 0."""
        return int(np.sign(self.points)) if self.p < LEVEL else 0


def difference(ours, theirs):
    """Compares two models, `None` if they share no seed.

    Args:
        ours: `{seed: Score}`.
        theirs: The same, of the other one.
    """
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        return None
    pairs = [(ours[seed], theirs[seed]) for seed in seeds]
    first, second = (
        float(np.mean([pair[side].accuracy for pair in pairs]))
        for side in (0, 1)
    )
    if all(s.flags is not None for pair in pairs for s in pair):
        _, p = paired.over_images([(a.flags, b.flags) for a, b in pairs])
    else:
        p = _unpaired(pairs, first - second)
    return Difference(first, second, p, len(seeds))


def _unpaired(pairs, gap):
    """The two-sided p-value of a mean gap, by the normal approximation."""
    variance = sum(
        score.accuracy * (1 - score.accuracy) / score.images
        for pair in pairs
        for score in pair
    )
    if not variance:
        return 0.0 if gap else 1.0
    z = gap * len(pairs) / math.sqrt(variance)
    return math.erfc(abs(z) / math.sqrt(2))


def seeds_text(count):
    """How many seeds, as text."""
    return "one seed" if count == 1 else f"{count} seeds"
