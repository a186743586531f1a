"""Selective prediction: answer only where the model is certain enough.

Inputs are answered in the order of their uncertainty, the most certain first.
Inputs of equal uncertainty are in random order, and every figure is its mean
over these orders, so that none depends on how the data is sorted.
"""

import math

import numpy as np

from keras_ceb._src.validation import finite_number


def accuracy_curve(uncertainty: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The accuracy among the k most certain answers, for each k.

    Args:
        uncertainty: Of each answer, `[n]`; larger is less certain.
        right: Whether each answer is right, `[n]`.

    Returns:
        `[n]`; element k - 1 is the accuracy at coverage k / n.

    Raises:
        ValueError: If the arguments are not vectors of one length, or an
            uncertainty is not finite.

    Example:

    ```python
    selective.accuracy_curve([0.1, 0.9, 0.5], [True, False, True])
    # [1, 1, 2 / 3]
    ```

    Reference: El-Yaniv and Wiener (2010).
    """
    uncertainty, right = _checked(uncertainty, right)
    _, group = np.unique(uncertainty, return_inverse=True)
    size = np.bincount(group)
    share = np.bincount(group, right) / size
    # Among answers of equal uncertainty each one is as likely to be right.
    expected = np.cumsum(np.repeat(share, size))
    curve: np.ndarray = expected / np.arange(1, len(right) + 1)
    return curve


def accuracy_at(
    coverage: float, uncertainty: np.ndarray, right: np.ndarray
) -> float:
    """The accuracy where at least a share of all inputs is answered.

    Args:
        coverage: The share, larger than 0, at most 1.
        uncertainty: See `accuracy_curve`.
        right: See `accuracy_curve`.

    Returns:
        Between 0 and 1.

    Raises:
        ValueError: As `accuracy_curve`, and if `coverage` is out of range.

    Example:

    ```python
    selective.accuracy_at(0.5, [0.1, 0.9, 0.5], [True, False, True])  # 1.0
    ```
    """
    share = finite_number(coverage, "coverage", minimum=0.0, maximum=1.0)
    if share == 0.0:
        raise ValueError(
            f"`coverage` must be larger than 0. Received: coverage={coverage}"
        )
    return value_at(accuracy_curve(uncertainty, right), share)


def value_at(curve: np.ndarray, coverage: float) -> float:
    """The element of an `accuracy_curve` at a coverage."""
    # 0.55 * 100 is larger than 55 in floating point.
    answered = math.ceil(round(coverage * len(curve), 9))
    return float(curve[max(answered, 1) - 1])


def aurc(uncertainty: np.ndarray, right: np.ndarray) -> float:
    """The area under the risk-coverage curve.

    The mean over k = 1..n of the error rate among the k most certain answers.

    Args:
        uncertainty: See `accuracy_curve`.
        right: See `accuracy_curve`.

    Returns:
        Between 0 and 1; smaller is better.

    Raises:
        ValueError: As `accuracy_curve`.

    Example:

    ```python
    selective.aurc([0.1, 0.9, 0.5], [True, False, True])  # 1 / 9
    ```

    Reference: Geifman, Uziel and El-Yaniv (2019),
    https://arxiv.org/abs/1805.08206, section 3.
    """
    return float(1.0 - accuracy_curve(uncertainty, right).mean())


def excess_aurc(uncertainty: np.ndarray, right: np.ndarray) -> float:
    """AURC above that of the best order, where all right answers come first.

    Unlike the AURC, it compares models of different accuracy.

    Args:
        uncertainty: See `accuracy_curve`.
        right: See `accuracy_curve`.

    Returns:
        Between 0 and 1; smaller is better.

    Raises:
        ValueError: As `accuracy_curve`.

    Example:

    ```python
    selective.excess_aurc([0.1, 0.9, 0.5], [True, False, True])  # 0.0
    ```

    Reference: Geifman, Uziel and El-Yaniv (2019),
    https://arxiv.org/abs/1805.08206, section 3.
    """
    uncertainty, right = _checked(uncertainty, right)
    return aurc(uncertainty, right) - aurc(1.0 - right, right)


def _checked(
    uncertainty: np.ndarray, right: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Both arguments as float64 vectors."""
    uncertainty = np.asarray(uncertainty, dtype="float64")
    right = np.asarray(right)
    if uncertainty.ndim != 1 or right.shape != uncertainty.shape:
        raise ValueError(
            "`uncertainty` and `right` must be vectors of one length. "
            f"Received: shapes {uncertainty.shape} and {right.shape}"
        )
    if not len(right):
        raise ValueError("`right` must hold at least one answer. Received: []")
    if not np.isin(right, (0, 1)).all():
        raise ValueError(
            "`right` must be True or False for each answer. "
            f"Received: {right[~np.isin(right, (0, 1))][0]!r} among them"
        )
    if not np.isfinite(uncertainty).all():
        raise ValueError(
            "`uncertainty` must be finite. Received: "
            f"{uncertainty[~np.isfinite(uncertainty)][0]} among them"
        )
    return uncertainty, right.astype("float64")
