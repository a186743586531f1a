"""Checks of error rates: fractions from 0 to 1, by corruption and severity."""

from collections.abc import Mapping
from typing import Any

from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import (
    check_severity,
)
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
    """Error rates by corruption and severity, checked.

    Args:
        errors: Mapping from corruptions to mappings from severities, integers
            1 to 5 or their text, to error rates.

    Raises:
        TypeError: If `errors` is not such a mapping, or an error is not a
            number.
        ValueError: If severities are unknown or repeated, or numbers are not
            error rates.
    """
    if not isinstance(errors, Mapping):
        raise TypeError(
            "`errors` must map corruptions to error rates by severity, "
            "`{'fog': {1: 0.3, 2: 0.4}}`. Received: an object of type "
            f"{type(errors).__name__}"
        )
    return {name: checked_row(row, name) for name, row in errors.items()}


def checked_row(row: Any, name: str = "") -> dict[int, float]:
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
        # The keys of a JSON object are text.
        text = isinstance(key, str) and key in map(str, SEVERITIES)
        try:
            severity = check_severity(int(key) if text else key)
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


def checked_not_empty(errors: Any) -> dict[str, dict[int, float]]:
    """As `checked_errors`, with at least one corruption."""
    checked = checked_errors(errors)
    if not checked:
        raise ValueError(
            "`errors` must hold at least one corruption. Received: errors={}"
        )
    return checked
