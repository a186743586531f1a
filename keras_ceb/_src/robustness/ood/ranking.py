"""How well scores separate in-distribution from out-of-distribution images.

Out-of-distribution images are the positive class, and an image is flagged if
its score is at least the threshold. Equal scores are flagged together.
"""

import numpy as np

from keras_ceb._src.validation import finite_number


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """The area under the receiver operating characteristic.

    The probability that an out-of-distribution image has a larger score than
    an in-distribution one, where a tie counts half: 0.5 for scores that tell
    nothing.

    Args:
        inside: Scores of in-distribution images, `[n]`.
        outside: Scores of out-of-distribution images, `[m]`.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: If a set is empty or a score is not finite.

    Example:

    ```python
    ood.auroc([0.1, 0.4], [0.3, 0.9])  # 0.75
    ```

    Reference: Hanley and McNeil (1982).
    """
    inside, outside = check_scores(inside, outside)
    return float(placements(outside, inside).mean())


def aupr(inside: np.ndarray, outside: np.ndarray) -> float:
    """The area under the precision-recall curve, as average precision.

    It depends on how many images of each kind there are: scores that tell
    nothing have m / (n + m).

    Args:
        inside: Scores of in-distribution images, `[n]`.
        outside: Scores of out-of-distribution images, `[m]`.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: If a set is empty or a score is not finite.

    Example:

    ```python
    ood.aupr([0.1, 0.4], [0.3, 0.9])  # (1 + 2 / 3) / 2
    ```

    Reference: Davis and Goadrich (2006), on why this curve must not be
    interpolated linearly.
    """
    return precision_of(*flagged(*check_scores(inside, outside)))


def fpr_at_tpr(
    inside: np.ndarray, outside: np.ndarray, tpr: float = 0.95
) -> float:
    """The false positive rate at a true positive rate.

    The share of in-distribution images that are flagged at the strictest
    threshold that flags at least `tpr` of the out-of-distribution images.

    Args:
        inside: Scores of in-distribution images, `[n]`.
        outside: Scores of out-of-distribution images, `[m]`.
        tpr: Larger than 0, at most 1.

    Returns:
        Between 0 and 1; smaller is better.

    Raises:
        ValueError: If a set is empty, a score is not finite, or `tpr` is out
            of range.

    Example:

    ```python
    ood.fpr_at_tpr([0.1, 0.4], [0.3, 0.9])  # 0.5
    ```

    Reference: Hendrycks, Mazeika and Dietterich (2019),
    https://arxiv.org/abs/1812.04606, section 4.1.
    """
    inside, outside = check_scores(inside, outside)
    return rate_of(*flagged(inside, outside), check_rate(tpr))


def check_scores(
    inside: np.ndarray, outside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both sets as float64 vectors."""
    return check_vector(inside, "inside"), check_vector(outside, "outside")


def check_vector(scores: np.ndarray, name: str) -> np.ndarray:
    """`scores` in float64, if it is a vector of finite numbers."""
    vector = np.asarray(scores, dtype="float64")
    if vector.ndim != 1 or not len(vector):
        raise ValueError(
            f"`{name}` must be a vector of at least one score. Received: "
            f"an array of shape {vector.shape}"
        )
    infinite = ~np.isfinite(vector)
    if infinite.any():
        raise ValueError(
            f"`{name}` must hold finite scores. Received: "
            f"{vector[infinite][0]} at index {infinite.argmax()}"
        )
    return vector


def check_rate(tpr: float) -> float:
    """`tpr`, if some images are flagged at that rate."""
    tpr = finite_number(tpr, "tpr", minimum=0.0, maximum=1.0)
    if tpr == 0.0:
        raise ValueError(f"`tpr` must be larger than 0. Received: tpr={tpr}")
    return tpr


def placements(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The share of `others` below each score; a tie counts half."""
    others = np.sort(others)
    below = np.searchsorted(others, scores, side="left")
    not_above = np.searchsorted(others, scores, side="right")
    share: np.ndarray = (below + not_above) / (2.0 * len(others))
    return share


def flagged(
    inside: np.ndarray, outside: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How many images of each set each distinct score flags as a threshold.

    Returns:
        Two arrays `[thresholds]`, from the strictest to the loosest.
    """
    thresholds = np.unique(np.concatenate([inside, outside]))[::-1]
    inside, outside = (
        len(scores) - np.searchsorted(np.sort(scores), thresholds)
        for scores in (inside, outside)
    )
    return inside, outside


def precision_of(inside: np.ndarray, outside: np.ndarray) -> float:
    """Average precision: precision weighted with the growth of recall.

    Args:
        inside: As `flagged` returns it.
        outside: As `flagged` returns it.
    """
    growth = np.diff(outside, prepend=0)
    # A resample of the images may have none at the strictest thresholds.
    precision = outside / np.maximum(inside + outside, 1)
    return float((growth * precision).sum() / outside[-1])


def rate_of(inside: np.ndarray, outside: np.ndarray, tpr: float) -> float:
    """The false positive rate at `tpr`.

    Args:
        inside: As `flagged` returns it.
        outside: As `flagged` returns it.
        tpr: Larger than 0, at most 1.
    """
    strictest = np.argmax(outside / outside[-1] >= tpr)
    return float(inside[strictest] / inside[-1])
