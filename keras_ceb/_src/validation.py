"""Checks of arguments: each returns the value, or says what was expected."""

import math
import numbers
from typing import Any

import numpy as np

# Keras and the generators of this package hold a seed in 32 bits.
LARGEST_SEED = 2**32 - 1


def any_number(value: Any, name: str) -> float:
    """`value` as a float, if it is a number, NaN and infinity among them."""
    truth = isinstance(value, bool | np.bool_)
    if truth or not hasattr(value, "__float__") or np.ndim(value) != 0:
        raise TypeError(
            f"`{name}` must be a number. "
            f"Received: {name}={value!r} of type {type(value).__name__}"
        )
    return float(value)


def finite_number(
    value: Any,
    name: str,
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> float:
    """`value` as a float, if it is a finite number within the limits."""
    number = any_number(value, name)
    if not (math.isfinite(number) and minimum <= number <= maximum):
        limits = ""
        if math.isfinite(minimum):
            limits += f", at least {minimum:g}"
        if math.isfinite(maximum):
            limits += f", at most {maximum:g}"
        raise ValueError(
            f"`{name}` must be a finite number{limits}. "
            f"Received: {name}={value!r}"
        )
    return number


def positive_integer(value: Any, name: str, minimum: int = 1) -> int:
    """`value` as an int, if it is a whole number of at least `minimum`."""
    number = finite_number(value, name)
    if number != int(number) or number < minimum:
        expected = "a positive integer"
        if minimum != 1:
            expected = f"an integer of at least {minimum}"
        raise ValueError(
            f"`{name}` must be {expected}. Received: {name}={value!r}"
        )
    return int(number)


def boolean(value: Any, name: str) -> bool:
    """`value` as a bool, if it is a boolean."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(
            f"`{name}` must be True or False. "
            f"Received: {name}={value!r} of type {type(value).__name__}"
        )
    return bool(value)


def integer_seed(
    value: Any, name: str = "seed", maximum: int = LARGEST_SEED
) -> int:
    """`value` as an int, if it is an integer from 0 to `maximum`."""
    truth = isinstance(value, bool | np.bool_)
    if truth or not isinstance(value, numbers.Integral):
        raise TypeError(
            f"`{name}` must be an integer. "
            f"Received: {name}={value!r} of type {type(value).__name__}"
        )
    number = int(value)
    if not 0 <= number <= maximum:
        bits = (maximum + 1).bit_length() - 1
        raise ValueError(
            f"`{name}` must be an integer from 0 to 2**{bits} - 1. "
            f"Received: {name}={value!r}"
        )
    return number


def optional_seed(value: Any, name: str = "seed") -> int | None:
    """`None`, or `value` as `integer_seed` takes it."""
    return None if value is None else integer_seed(value, name)


def one_of(value: Any, name: str, choices: Any) -> Any:
    """`value`, if it is one of `choices`."""
    if value not in choices:
        raise ValueError(
            f"`{name}` must be one of {', '.join(map(repr, choices))}. "
            f"Received: {name}={value!r}"
        )
    return value


def increasing_pair(value: Any, name: str) -> tuple[float, float]:
    """`value` as two floats, if it is two finite numbers, the lower first."""
    try:
        low, high = (finite_number(number, name) for number in value)
    except (TypeError, ValueError):
        low = high = 0.0
    if low >= high:
        raise ValueError(
            f"`{name}` must be two finite numbers, the lower one first. "
            f"Received: {name}={value!r}"
        )
    return low, high
