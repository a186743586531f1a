"""Public modules that import what they export when it is used."""

import ast
import inspect
import sys
import types

import pytest

import keras_ceb
from keras_ceb._src import lazy
from keras_ceb.robustness import attacks
from keras_ceb.robustness import corruptions


@pytest.fixture
def module():
    """A module in place of `json`, which imports on use what `json` defines."""
    module = types.ModuleType("json")
    module.__getattr__ = lazy.attach(
        "json",
        "json",
        {"decoder": ["JSONDecoder"], "encoder": ["JSONEncoder"]},
        submodules=["scanner"],
    )
    return module


def test_names_and_submodules(module):
    import json.scanner

    assert module.JSONDecoder is json.JSONDecoder
    assert module.scanner is json.scanner


def test_unknown_names(module):
    with pytest.raises(AttributeError, match="'json' has no attribute 'dump'"):
        module.dump  # noqa: B018


def test_the_second_use_finds_the_name_in_the_module():
    keras_ceb.robustness.attacks.PGD  # noqa: B018
    assert "PGD" in vars(attacks)


def annotated(module):
    """The names that a module imports for annotations, with their modules."""
    blocks = [
        node
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, ast.If)
        and ast.unparse(node.test) == "TYPE_CHECKING"
    ]
    return {
        (alias.name, node.module)
        for block in blocks
        for node in block.body
        for alias in node.names
    }


@pytest.mark.parametrize(
    "module",
    [
        keras_ceb,
        keras_ceb.callbacks,
        keras_ceb.robustness,
        attacks,
        corruptions,
    ],
)
def test_type_checkers_see_the_same_objects(module):
    names = annotated(module)
    assert names
    for name, source in names:
        used = getattr(module, name)
        __import__(source)
        assert used is getattr(sys.modules[source], name)
