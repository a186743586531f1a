"""The summary numbers of corruption benchmarks, as pure functions.

Error rates are fractions from 0 to 1, given as `{corruption: {severity:
error}}`; severities that a JSON file turned into text are read as the integers
that they are. The means run over the corruptions that are given; it is up to
the caller to say so when these are not all 15.

Reference:
    - [Fischer & Alemi, 2020](https://arxiv.org/abs/2002.05380), section 2.5
      and equation 12.
    - [Hendrycks & Dietterich, 2019](https://arxiv.org/abs/1903.12261),
      section 4.2 (mCE and relative mCE).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from keras_ceb._src.robustness.corruptions.benchmark.normalizers import ALEXNET
from keras_ceb._src.robustness.corruptions.benchmark.normalizers import (
    Normalizer,
)
from keras_ceb._src.robustness.corruptions.images import parameters
from keras_ceb._src.validation import any_number

Errors = Mapping[str, Mapping[int, float]]


def check_error(error: Any, name: str) -> float:
    """`error` as a float, if it is an error rate from 0 to 1."""
    value = any_number(error, name)
    # Written so that NaN fails too.
    if not 0 <= value <= 1:
        hint = " Divide percentages by 100." if 1 < value <= 100 else ""
        raise ValueError(
            f"`{name}` must be an error rate, a fraction from 0 to 1.{hint} "
            f"Received: {error!r}"
        )
    return value


def checked_errors(errors: Any) -> dict[str, dict[int, float]]:
    """Error rates by corruption and severity, from what a user may hold.

    Args:
        errors: mapping from corruptions to mappings from severities, integers
            1 to 5 or their text, to error rates.

    Raises:
        TypeError: if `errors` is no such mapping, or an error no number.
        ValueError: on other severities, the same one twice, or numbers that
            are no error rates.
    """
    if not isinstance(errors, Mapping):
        raise TypeError(
            "`errors` must map corruptions to error rates by severity, "
            "`{'fog': {1: 0.3, 2: 0.4}}`. Received: an object of type "
            f"{type(errors).__name__}"
        )
    return {name: _checked_row(row, name) for name, row in errors.items()}


def _checked_row(row: Any, name: str = "") -> dict[int, float]:
    """One corruption's error rates by severity."""
    where = f" of {name!r}" if name else ""
    if not isinstance(row, Mapping):
        raise TypeError(
            f"`errors`{where} must map severities to error rates, "
            f"`{{1: 0.3, 2: 0.4}}`. Received: {row!r}"
        )
    if not row:
        raise ValueError(
            f"`errors`{where} must hold at least one severity. Received: {row}"
        )
    checked: dict[int, float] = {}
    for key, error in row.items():
        # A JSON object has no keys but text.
        text = isinstance(key, str) and key in map(str, parameters.SEVERITIES)
        try:
            severity = parameters.check_severity(int(key) if text else key)
        except ValueError as problem:
            raise ValueError(
                f"`errors`{where} must have severities from 1 to 5 as keys. "
                f"Received: {key!r}"
            ) from problem
        if severity in checked:
            raise ValueError(
                f"`errors`{where} must have each severity once. Received: "
                f"{list(row)}"
            )
        checked[severity] = check_error(error, f"errors[{name!r}][{key!r}]")
    return checked


def corruption_error(errors: Mapping[int, float]) -> float:
    """E_c: the mean over severities of the error under one corruption."""
    return float(np.mean(list(_checked_row(errors).values())))


def average_error(errors: Errors) -> float:
    """avg: the mean of E_c over corruptions, not normalised.

    Args:
        errors: error rates by corruption and severity.

    Raises:
        TypeError: if `errors` is no such mapping.
        ValueError: if `errors` is empty, or holds numbers that are no
            severities or no error rates.
    """
    errors = _checked_not_empty(errors)
    return float(np.mean([corruption_error(row) for row in errors.values()]))


def mean_corruption_error(
    errors: Errors, normalizer: Normalizer = ALEXNET
) -> float:
    """mCE: the mean over corruptions of sum_s E_cs / sum_s E_cs^reference.

    Args:
        errors: error rates by corruption and severity.
        normalizer: the reference errors.

    Returns:
        The mCE as a fraction: 1 is as bad as the reference.

    Raises:
        TypeError: if `errors` is no such mapping.
        ValueError: if the normaliser lacks a corruption, or `errors` is empty
            or holds numbers that are no severities or no error rates.

    Example:

    ```python
    mean_corruption_error({"fog": {1: 0.3, 2: 0.4, 3: 0.5, 4: 0.6, 5: 0.7}})
    ```
    """
    errors = _checked_not_empty(errors)
    ratios = [
        sum(row.values()) / normalizer.total(name, list(row))
        for name, row in errors.items()
    ]
    return float(np.mean(ratios))


def relative_mean_corruption_error(
    errors: Errors, clean_error: float, normalizer: Normalizer = ALEXNET
) -> float:
    """Relative mCE: as mCE, of what a corruption adds to the clean error.

    Args:
        errors: error rates by corruption and severity.
        clean_error: error rate of the model on clean images.
        normalizer: the reference errors, with a clean error.

    Raises:
        TypeError: if `errors` is no such mapping.
        ValueError: if the normaliser lacks a corruption or its clean error,
            or is no worse under a corruption than without, or numbers are no
            severities or no error rates.
    """
    errors = _checked_not_empty(errors)
    clean_error = check_error(clean_error, "clean_error")
    if normalizer.clean_error is None:
        raise ValueError(
            "The relative mCE needs the `clean_error` of the normalizer. "
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


def _checked_not_empty(errors: Any) -> dict[str, dict[int, float]]:
    checked = checked_errors(errors)
    if not checked:
        raise ValueError(
            "`errors` must hold at least one corruption. Received: errors={}"
        )
    return checked
