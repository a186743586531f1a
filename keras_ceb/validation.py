"""Checks of arguments: each returns the value, or says what was expected."""

import math
from typing import Any


def finite_number(
    value: Any,
    name: str,
    minimum: float = -math.inf,
    maximum: float = math.inf,
) -> float:
    """`value` as a float, if it is a finite number within the limits."""
    if isinstance(value, bool) or not hasattr(value, "__float__"):
        raise TypeError(
            f"`{name}` must be a number. "
            f"Received: {name}={value!r} of type {type(value).__name__}"
        )
    number = float(value)
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
