"""The schema of result files, for the tests of what writes them."""

import functools
import json
import pathlib

import pytest

RESULTS = pathlib.Path(__file__).parents[2] / "results"
FILE = RESULTS / "schema.json"


@functools.cache
def validator():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(FILE.read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def check_schema(result):
    """Fails unless a result is as the schema says."""
    errors = [error.message for error in validator().iter_errors(result)]
    assert errors == []
