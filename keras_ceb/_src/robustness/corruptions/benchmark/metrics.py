"""The summary numbers of corruption benchmarks, as pure functions.

Error rates are fractions from 0 to 1, given as `{corruption: {severity:
error}}`; severities may be integers or, as in JSON, their text. The means run
over the given corruptions; the caller must say so if these are not all 15.

Reference:
    - [Fischer & Alemi, 2020](https://arxiv.org/abs/2002.05380), section 2.5
      and equation 12.
    - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261),
      section 4.2 (mCE and relative mCE).
"""

from collections.abc import Mapping

import numpy as np

from keras_ceb._src.robustness.corruptions.benchmark import error_rates
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import ALEXNET
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)


def corruption_error(errors: Mapping[int, float]) -> float:
    """E_c: the mean over severities of the error under one corruption."""
    return float(np.mean(list(error_rates.checked_row(errors).values())))


def average_error(errors: error_rates.Errors) -> float:
    """avg: the mean of E_c over corruptions, not normalized.

    Args:
        errors: Error rates by corruption and severity.

    Raises:
        TypeError: If `errors` is not such a mapping.
        ValueError: If `errors` is empty, or holds invalid severities or error
            rates.
    """
    errors = error_rates.checked_not_empty(errors)
    return float(np.mean([corruption_error(row) for row in errors.values()]))


def mean_corruption_error(
    errors: error_rates.Errors, normalizer: Normalizer = ALEXNET
) -> float:
    """mCE: the mean over corruptions of sum_s E_cs / sum_s E_cs^reference.

    Args:
        errors: Error rates by corruption and severity.
        normalizer: The reference errors.

    Returns:
        The mCE as a fraction: 1 is as bad as the reference.

    Raises:
        TypeError: If `errors` is not such a mapping.
        ValueError: If the normalizer lacks a corruption, or `errors` is empty
            or holds invalid severities or error rates.

    Example:

    ```python
    mean_corruption_error({"fog": {1: 0.3, 2: 0.4, 3: 0.5, 4: 0.6, 5: 0.7}})
    ```
    """
    errors = error_rates.checked_not_empty(errors)
    ratios = [
        sum(row.values()) / normalizer.total(name, list(row))
        for name, row in errors.items()
    ]
    return float(np.mean(ratios))


def relative_mean_corruption_error(
    errors: error_rates.Errors,
    clean_error: float,
    normalizer: Normalizer = ALEXNET,
) -> float:
    """Relative mCE: mCE of the errors that a corruption adds.

    Args:
        errors: Error rates by corruption and severity.
        clean_error: Error rate of the model on clean images.
        normalizer: The reference errors, with a clean error.

    Raises:
        TypeError: If `errors` is not such a mapping.
        ValueError: If the normalizer lacks a corruption or its clean error,
            or is no worse under a corruption than without, or severities or
            error rates are invalid.
    """
    errors = error_rates.checked_not_empty(errors)
    clean_error = error_rates.check_error(clean_error, "clean_error")
    if normalizer.clean_error is None:
        raise ValueError(
            "`normalizer` must have a `clean_error` for the relative mCE. "
            f"Received: normalizer {normalizer.name!r} without one"
        )
    ratios = []
    for name, row in errors.items():
        added = sum(row.values()) - len(row) * clean_error
        reference = normalizer.total(name, list(row))
        reference -= len(row) * normalizer.clean_error
        if reference <= 0:
            raise ValueError(
                "`normalizer` must make more errors under a corruption than "
                "without, for the relative mCE. Received: normalizer "
                f"{normalizer.name!r} with {name!r}"
            )
        ratios.append(added / reference)
    return float(np.mean(ratios))
