"""What `evaluate_corruptions` runs, and what it leaves out."""

import dataclasses
from typing import NamedTuple

import numpy as np

from keras_ceb._src.robustness.corruptions.benchmark.suite import (
    CorruptionSuite,
)
from keras_ceb._src.robustness.corruptions.images import frost_textures

FROST = "frost"
SYNTHETIC_FROST = "frost (synthetic)"


class Run(NamedTuple):
    """One corruption at one severity, and its title in the report."""

    title: str
    name: str
    severity: int


@dataclasses.dataclass(frozen=True)
class Plan:
    """What to run.

    Attributes:
        runs: `Run`s in the order of the report.
        textures: Textures of frost, or `None` without it.
        left_out: Reasons by corruption, where one is left out or replaced.
    """

    runs: tuple[Run, ...]
    textures: tuple[np.ndarray, ...] | None
    left_out: dict[str, str]

    def print_left_out(self) -> None:
        """Prints one line per corruption that is left out or replaced."""
        for name, reason in self.left_out.items():
            print(f"{name} is left out: {reason}")


def make_plan(suite: CorruptionSuite) -> Plan:
    """The plan of a suite, which depends on the photographs of frost."""
    names, textures, left_out = tuple(suite.names), None, {}
    synthetic = suite.textures == frost_textures.SYNTHETIC
    if FROST in names:
        try:
            textures = frost_textures.load_textures(suite.textures)
        except frost_textures.FrostTexturesNotFound as error:
            left_out[FROST] = str(error)
            names = tuple(name for name in names if name != FROST)
        else:
            if synthetic:
                left_out[FROST] = (
                    "Its photographs were replaced by a synthetic texture, "
                    "whose errors are listed separately and are not part of "
                    "any summary."
                )
    runs = tuple(
        Run(SYNTHETIC_FROST if name == FROST and synthetic else name, name, s)
        for name in names
        for s in suite.severities
    )
    return Plan(runs, textures, left_out)
