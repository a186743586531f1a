"""The values of options, from their text."""

import argparse
import fractions
import math

NORMS = ("linf", "l2")


def positive(text: str) -> int:
    """A positive integer."""
    if not text.strip().isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(
            f"must be a positive integer. Received: {text!r}"
        )
    return int(text)


def radius(text: str) -> float:
    """A radius such as 0.5 or 8/255."""
    try:
        number = float(fractions.Fraction(text.strip()))
    except (OverflowError, ValueError, ZeroDivisionError):
        number = math.nan
    if not (math.isfinite(number) and number >= 0):
        raise argparse.ArgumentTypeError(
            "must be a finite number, at least 0, such as 0.5 or 8/255. "
            f"Received: {text!r}"
        )
    return number


def bar(text: str) -> tuple[str, float, float]:
    """A norm, a radius and an accuracy, from `linf:4/255=0.30`.

    The norm of `clean=0.90` is empty, and its radius 0.
    """
    ball, _, least = text.partition("=")
    norm, _, eps = ball.partition(":")
    try:
        accuracy = radius(least)
        if not 0 <= accuracy <= 1:
            raise ValueError
        if ball == "clean":
            return "", 0.0, accuracy
        if norm not in NORMS:
            raise ValueError
        return norm, radius(eps), accuracy
    except (ValueError, argparse.ArgumentTypeError) as error:
        raise argparse.ArgumentTypeError(
            "must be clean=ACCURACY or NORM:RADIUS=ACCURACY, such as "
            "linf:4/255=0.30, with a norm among linf and l2 and an accuracy "
            f"from 0 to 1. Received: {text!r}"
        ) from error
