"""Out-of-distribution scores of a classifier, from its logits.

A larger score means that the image is less like the training data. All are
computed in float64.
"""

import numpy as np


def max_softmax(logits: np.ndarray) -> np.ndarray:
    """-log max_y p(y), which orders images as -max_y p(y) does.

    It also orders those whose largest probability rounds to 1.

    Args:
        logits: `[n, num_classes]`.

    Returns:
        Nats, `[n]`.

    Example:

    ```python
    scores = ood.max_softmax(model.predict(x_test))
    ```

    Reference: Hendrycks and Gimpel (2017), https://arxiv.org/abs/1610.02136.
    """
    logits, top = _with_largest(logits)
    others = np.exp(logits - top[:, None])
    others[np.arange(len(others)), logits.argmax(axis=1)] = 0.0
    score: np.ndarray = np.log1p(others.sum(axis=1))
    return score


def energy(logits: np.ndarray) -> np.ndarray:
    """-log sum_y exp(logit_y), the energy at temperature 1.

    Args:
        logits: `[n, num_classes]`.

    Returns:
        Nats, `[n]`.

    Example:

    ```python
    scores = ood.energy(model.predict(x_test))
    ```

    Reference: Liu et al. (2020), https://arxiv.org/abs/2010.03759, equation 4.
    """
    logits, top = _with_largest(logits)
    score: np.ndarray = -top - np.log(np.exp(logits - top[:, None]).sum(axis=1))
    return score


def max_logit(logits: np.ndarray) -> np.ndarray:
    """-max_y logit_y.

    Args:
        logits: `[n, num_classes]`.

    Returns:
        `[n]`.

    Example:

    ```python
    scores = ood.max_logit(model.predict(x_test))
    ```

    Reference: Hendrycks et al. (2022), https://arxiv.org/abs/1911.11132.
    """
    return -_with_largest(logits)[1]


def _with_largest(logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits and the largest of each row, relative to which none overflows."""
    logits = np.asarray(logits, dtype="float64")
    if logits.ndim != 2 or logits.shape[1] < 2:
        raise ValueError(
            "`logits` must have shape (n, num_classes), with two or more "
            f"classes. Received: an array of shape {logits.shape}"
        )
    return logits, logits.max(axis=1)
