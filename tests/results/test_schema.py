"""Every result file is as the schema says, and the schema says enough."""

import copy
import json

import pytest

from examples.common import provenance
from examples.common import results
from tests.results.schema import FILE
from tests.results.schema import RESULTS
from tests.results.schema import check_schema
from tests.results.schema import validator

FILES = sorted(set(RESULTS.rglob("*.json")) - {FILE})


def figures_named(name, value):
    """All values of this name in nested dicts and lists."""
    if isinstance(value, list):
        return [v for item in value for v in figures_named(name, item)]
    if not isinstance(value, dict):
        return []
    found = figures_named(name, list(value.values()))
    return [value[name], *found] if name in value else found


def test_there_are_results():
    assert len(FILES) > 50


@pytest.mark.parametrize(
    "file", FILES, ids=[f.relative_to(RESULTS).as_posix() for f in FILES]
)
def test_every_file_is_as_the_schema_says(file):
    result = json.loads(file.read_text())
    check_schema(result)
    # Readers need no radius from elsewhere.
    radii = result["settings"].get("radii", {})
    known = {eps for values in radii.values() for eps in values}
    assert set(figures_named("eps", result["figures"])) <= known
    attacks = ("robust", "pgd", "PGD", "linf", "attack_linf", "attack_l2")
    names = json.dumps(result["figures"]), file.name
    # The mutation score names modules of attacks, and attacks nothing.
    attacked = any(attack in text for attack in attacks for text in names)
    assert radii or not attacked or file.name == "mutation.json"
    # Never the state of the source, see `modified`.
    clean = figures_named("clean", result["figures"])
    assert not [value for value in clean if isinstance(value, bool)]


def test_what_is_written_now_is_as_the_schema_says(tmp_path):
    file = tmp_path / "result.json"
    run = provenance.run("measurement", 1.5, range(2))
    results.write(file, {"radii": {"l2": [0.5]}}, [run], {"clean": 0.9})
    check_schema(json.loads(file.read_text()))


RUN = {
    "step": "measurement",
    "command": "python -m x",
    "commit": "0" * 40,
    "modified": False,
    "hardware": "2 cores",
    "backend": "jax",
    "versions": {"keras": "3.15.1", "numpy": "2.4.6"},
    "date": "2026-01-01",
    "seconds": 3,
    "seeds": [0],
}
GOOD = {
    "format": 2,
    "settings": {"radii": {"l2": [0.5]}},
    "provenance": [RUN, {"step": "quotation", "source": "a paper"}],
    "figures": {"clean": 0.9},
}


def changed(*path, **change):
    """`GOOD` with a change at a place in it; `None` deletes."""
    result = copy.deepcopy(GOOD)
    place = result
    for key in path:
        place = place[key]
    for name, value in change.items():
        if value is None:
            del place[name]
        else:
            place[name] = value
    return result


def test_a_good_result():
    check_schema(GOOD)


@pytest.mark.parametrize(
    "bad",
    [
        changed(format=1),
        changed(settings=None),
        changed(figures={}),
        changed(seed=0),
        changed(provenance=[]),
        changed("settings", radii={"l2": [0]}),
        changed("settings", radii={}),
        changed("provenance", 0, clean=True),
        changed("provenance", 0, seeds=[-1]),
        changed("provenance", 0, seeds=None),
        changed("provenance", 0, commit="0123456"),
        changed("provenance", 0, seconds=1.5),
        changed("provenance", 0, versions={"keras": "3.15.1"}),
        changed("provenance", 0, hardware=""),
        changed("provenance", 1, source=""),
        changed("provenance", 1, source=None),
    ],
)
def test_the_schema_finds_what_is_wrong(bad):
    assert list(validator().iter_errors(bad))
