"""Which module imports which, how large it is, and where its test is."""

import ast
import collections
import importlib
import pathlib

import pytest

from tests.public_names import MODULES

ROOT = pathlib.Path(__file__).parents[1]
MOST_LINES = 400

# Imported by every package: they import nothing of the package but each other.
SHARED = {
    "lazy",
    "notices",
    "optional",
    "random",
    "tables",
    "typing",
    "validation",
    "version",
}
# What a package, or a module that is in none, may import apart from itself and
# the shared modules. A name with a dot allows that one module.
MAY_IMPORT = {
    "backend": set(),
    "saving": set(),
    "objective": set(),
    "gaussians": set(),
    "targets": set(),
    "schedules": set(),
    "callbacks": {"backend", "robustness"},
    "backbones": {"saving"},
    "layers": {"backend", "gaussians", "objective", "saving", "targets"},
    "adversarial": {"robustness.attacks.ball", "robustness.checks"},
    "training": {
        "adversarial",
        "backend",
        "layers",
        "objective",
        "robustness.attacks.ball",
        "robustness.checks",
        "saving",
        "schedules",
        "targets",
        "uncertainty",
    },
    "uncertainty": set(),
    "model": {
        "layers",
        "objective",
        "saving",
        "schedules",
        "training",
    },
    "choosing": {"model", "robustness.intervals", "saving.paths"},
    "wrap": {"layers", "model", "schedules"},
    "data": {"backend"},
    "robustness": {"backend", "saving.paths"},
    "testing": {"robustness"},
    "cli": {"data.pipeline.scaling", "public", "robustness", "saving.paths"},
}
# Modules without a test file of the same path, with where they are tested.
TESTED_ELSEWHERE = {
    # The base class; each test is of the two that can be built.
    "adversarial/adversary.py": "adversarial/test_pgd_training.py",
    # Records and protocols, which the runner of attacks fills and calls.
    "robustness/attacks/run.py": "robustness/attacks/test_runner.py",
    # Parts of `robust_accuracy`, which `minimal_distance` has too.
    "robustness/held_batches.py": "robustness/test_robust_accuracy.py",
    # The record of one check, which every check of the audit returns.
    "robustness/audit/check.py": "robustness/audit/test_audit_report.py",
    # The base classes of `CEBModel`, tested through it.
    "training/objective_model.py": "test_model.py",
    # Distributions of the layers, tested through them.
    "layers/distributions.py": "layers/test_class_conditional_marginal.py",
    # Aliases for annotations, which mypy reads.
    "typing.py": None,
}


def sources():
    """The modules of the package: `{full name: (path, syntax tree)}`."""
    found = {}
    for path in sorted((ROOT / "keras_ceb").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts).removesuffix(".__init__")
        found[name] = path, ast.parse(path.read_text(encoding="utf-8"))
    return found


SOURCES = sources()


def imported_by(name):
    """The modules of the package that a module names in an import.

    Imports inside functions count; those for annotations alone do not run, and
    do not. A name that is imported from a package is the module of that name,
    if there is one.
    """
    found = set()
    nodes = list(SOURCES[name][1].body)
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(
            node.test
        ):
            continue
        nodes.extend(ast.iter_child_nodes(node))
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            found |= {f if f in SOURCES else node.module for f in full}
    return found & set(SOURCES)


IMPORTS = {name: imported_by(name) for name in SOURCES}


def inner(name):
    """A module's name inside `_src`, or `"public"`."""
    prefix = "keras_ceb._src."
    return name.removeprefix(prefix) if name.startswith(prefix) else "public"


def package(name):
    """The first part of a module's name inside `_src`, or `"public"`."""
    return inner(name).partition(".")[0]


def lines(path):
    return len(path.read_text(encoding="utf-8").splitlines())


def test_the_imports_that_are_looked_at():
    # One of each form: at the top, of a module, inside a function.
    backend = IMPORTS["keras_ceb._src.backend"]
    assert "keras_ceb._src.backend.jax" in backend
    assert "keras_ceb._src.backend.requirements" in backend
    assert "keras_ceb._src.backend" in IMPORTS["keras_ceb"]
    assert (
        "keras_ceb._src.robustness.attacks.ball"
        in (IMPORTS["keras_ceb._src.adversarial.pgd_training"])
    )


def test_no_import_circle():
    # Modules whose imports are all removed are removed, until none is left.
    left = {name: set(found) - {name} for name, found in IMPORTS.items()}
    while left:
        free = {name for name, found in left.items() if not found}
        assert free, f"modules that import each other: {sorted(left)}"
        left = {
            name: found - free
            for name, found in left.items()
            if name not in free
        }


def test_a_package_imports_only_what_it_may():
    wrong = set()
    for name, found in IMPORTS.items():
        own = package(name)
        if own == "public":
            continue
        allowed = SHARED | ({own} if own in SHARED else MAY_IMPORT[own] | {own})
        wrong |= {
            f"{inner(name)} imports {inner(other)}"
            for other in found
            if package(other) not in allowed and inner(other) not in allowed
        }
    assert not wrong


def test_every_package_has_a_line_in_the_table():
    packages = {package(name) for name in SOURCES} - {"public"}
    assert packages == set(MAY_IMPORT) | SHARED


def test_public_modules_only_export():
    for name, (path, tree) in SOURCES.items():
        if inner(name) != "public" or name.endswith(("._src", ".__main__")):
            continue
        # What is imported when it is used is also imported for annotations.
        kinds = (ast.Import, ast.ImportFrom, ast.Assign, ast.Expr, ast.If)
        others = [n for n in tree.body if not isinstance(n, kinds)]
        assert [n.name for n in others] == ["__dir__"], path


@pytest.mark.parametrize("name", MODULES)
def test_public_modules_show_what_they_export(name):
    module = importlib.import_module(name)
    assert dir(module) == sorted(module.__all__)
    for exported in module.__all__:
        assert hasattr(module, exported)


def test_no_package_is_above_a_third_of_the_lines():
    counts = collections.Counter()
    for name, (path, _) in SOURCES.items():
        parts = inner(name).split(".")
        # `robustness` is several: each of its packages, and its own files.
        whole = parts[0] == "robustness" and len(parts) > 2
        counts[".".join(parts[: 2 if whole else 1])] += lines(path)
    largest, count = counts.most_common(1)[0]
    assert count <= sum(counts.values()) / 3, largest


def test_no_file_is_above_the_limit():
    counts = {name: lines(path) for name, (path, _) in SOURCES.items()}
    assert max(counts.values()) <= MOST_LINES, max(counts, key=counts.get)


def test_every_module_has_a_test_file():
    source, tests = ROOT / "keras_ceb" / "_src", ROOT / "tests"
    modules = {
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if path.name != "__init__.py"
    }
    missing = {
        module
        for module in modules
        for path in [tests / module]
        if not path.with_name(f"test_{path.name}").is_file()
    }
    assert missing == set(TESTED_ELSEWHERE)
    for elsewhere in filter(None, TESTED_ELSEWHERE.values()):
        assert (tests / elsewhere).is_file()
