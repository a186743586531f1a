"""The result files of this folder."""

import functools
import pathlib

from examples.common import results as result_files

ROOT = pathlib.Path(__file__).resolve().parents[1]


@functools.cache
def load(name):
    """The result file of that name, as a dictionary."""
    return result_files.read(ROOT / "results" / f"{name}.json")
