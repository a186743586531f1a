"""The result files of this folder."""

import functools
import pathlib

from examples.common import results as result_files

RESULTS = pathlib.Path(__file__).resolve().parent
ROOT = RESULTS.parent


@functools.cache
def load(name):
    """The result file of that name, as a dictionary."""
    return result_files.read(RESULTS / f"{name}.json")
