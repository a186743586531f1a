"""Radii of attacks as a reader expects them."""

from collections.abc import Mapping
from typing import Any

NORM_NAMES = {"linf": "L-infinity", "l2": "L2", "l1": "L1", "l0": "L0"}
# Radii up to this one are shown in 255ths: 0.2 is 51/255 by chance.
_MOST_LEVELS = 32


def norm_name(norm: str) -> str:
    """`"L-infinity"` for `"linf"`."""
    return NORM_NAMES.get(norm, norm)


def relative_radius(attack: Mapping[str, Any]) -> float:
    """The radius of an attack if its inputs were scaled to 0..1.

    Args:
        attack: As in a `RobustAccuracy`.
    """
    lower, upper = attack["bounds"]
    return float(attack["eps"]) / (float(upper) - float(lower))


def in_levels(eps: float, norm: str) -> int | None:
    """A radius in 255ths where pixels are meant, else `None`.

    Args:
        eps: The radius, for inputs in 0..1.
        norm: Only the radii of L-infinity count levels of a pixel.
    """
    levels = round(255 * eps) if 0 <= eps <= 1 else 0
    if norm != "linf" or not 0 < levels <= _MOST_LEVELS:
        return None
    return levels if abs(255 * eps - levels) < 1e-4 else None


def radius_text(eps: float, norm: str) -> str:
    """A radius for inputs in 0..1: `"8/255"`, or `"0.5"`."""
    levels = in_levels(eps, norm)
    return f"{eps:.4g}" if levels is None else f"{levels}/255"


def ball_text(attack: Mapping[str, Any]) -> str:
    """The ball of an attack: `"L-infinity 8/255"`."""
    radius = radius_text(relative_radius(attack), attack["norm"])
    return f"{norm_name(attack['norm'])} {radius}"
