"""What importing the package does, and does not."""

import ast
import importlib.util
import inspect
import json
import os
import pathlib
import subprocess
import sys

import pytest

import keras_ceb
from tests.public_names import own_functions
from tests.public_names import public_objects


def run(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
    )


def test_public_names():
    for name in keras_ceb.__all__:
        assert getattr(keras_ceb, name) is not None
    assert keras_ceb.__version__.count(".") == 2


@pytest.fixture(scope="module")
def new_process():
    """What a new process has imported and registered, and when."""
    result = run(
        "import json, sys, keras\n"
        "before = set(sys.modules)\n"
        "import keras_ceb\n"
        "after = set(sys.modules)\n"
        "registered = list(keras.saving.get_custom_objects())\n"
        "keras_ceb.evaluate_robustness\n"
        "used = set(sys.modules) - after\n"
        "print(json.dumps({'import': list(after - before),"
        " 'use': list(used), 'registered': registered}))"
    )
    assert not result.returncode, result.stderr
    return json.loads(result.stdout)


def test_import_is_light(new_process):
    heavy = {"tensorflow_probability", "tensorflow_datasets", "tf_keras"}
    heavy |= {"matplotlib", "scipy", "sklearn", "keras_cv", "keras_hub"}
    assert not heavy & set(new_process["import"])


def test_import_leaves_out_what_training_does_not_need(new_process):
    report = "keras_ceb._src.robustness.report"
    assert not [name for name in new_process["import"] if report in name]
    assert f"{report}.evaluate" in new_process["use"]


def test_import_registers_every_class_that_a_file_may_hold(new_process):
    assert "keras_ceb>RandomCorruption" in new_process["registered"]


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_import_without_tensorflow(backend):
    # Their own environments have no other backend at all; what others have is
    # hidden.
    pytest.importorskip(backend)
    others = {"tensorflow", "jax", "torch"} - {backend}
    others = {name for name in others if importlib.util.find_spec(name)}
    result = run(
        "import sys\n"
        f"sys.modules.update(dict.fromkeys({sorted(others)}))\n"
        "import keras_ceb, keras_ceb.robustness.attacks\n"
        "print('tensorflow_probability' in sys.modules)",
        KERAS_BACKEND=backend,
    )
    assert result.stdout.strip() == "False", result.stderr


MOST_ARGUMENTS = 8
# Constructors of attacks, in training too, have what their papers have.
ATTACKS = {
    "APGD.__init__",
    "DDN.__init__",
    "FastTraining.__init__",
    "PGD.__init__",
    "PGDTraining.__init__",
    "TRADES.__init__",
}
# One argument per part of a model, the same as those of its layers, and one
# per part of a report.
WHOLE = {"wrap", "evaluate_robustness"}


def named_arguments(function):
    """How many arguments a function names, `self` not counted."""
    variable = (
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.VAR_KEYWORD,
    )
    return sum(
        parameter.kind not in variable and name not in ("self", "cls")
        for name, parameter in inspect.signature(function).parameters.items()
    )


def test_public_functions_have_few_arguments():
    functions = sum(map(own_functions, public_objects().values()), [])
    many = {
        function.__qualname__
        for function in functions
        if named_arguments(function) > MOST_ARGUMENTS
    }
    assert many == ATTACKS | WHOLE


ROOT = pathlib.Path(__file__).parents[1]
# It times a bare step of an attack, which is not public.
USES_PRIVATE_NAMES = {"benchmarks/attacks.py"}


def imported(path):
    """The full names of all that a script imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def test_examples_and_benchmarks_use_public_names():
    scripts = [
        path
        for folder in ("examples", "benchmarks")
        for path in sorted((ROOT / folder).rglob("*.py"))
    ]
    assert len(scripts) > 20
    private = {
        path.relative_to(ROOT).as_posix()
        for path in scripts
        if any(name.startswith("keras_ceb._") for name in imported(path))
    }
    assert private == USES_PRIVATE_NAMES
