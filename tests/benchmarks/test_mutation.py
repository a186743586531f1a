import pytest

from benchmarks import mutation


def change(outcome, text="x < y", line=3):
    return {"outcome": outcome, "line": line, "change": text}


def test_what_counts_as_noticed():
    found = [change(name) for name in ("failed", "stopped", "waited")]
    found.append(change("survived", "x + y", 5))
    assert mutation.counted("objective", found) == {
        "changes": 4,
        "stopped": 1,
        "equivalent": [],
        "survived": ["3: x < y", "5: x + y"],
    }


def test_an_equivalent_change_has_its_reason(monkeypatch):
    reasons = {("objective", "x < y"): "they are never equal"}
    monkeypatch.setattr(mutation, "EQUIVALENT", reasons)
    found = mutation.counted("objective", [change("survived")])
    assert found["equivalent"] == ["3: x < y (they are never equal)"]
    assert found["survived"] == []
    # The line is another module's own.
    assert mutation.counted("layers/x", [change("survived")])["survived"]


@pytest.mark.parametrize("outcome", ["crashed", "broken"])
def test_tests_that_broke_are_an_error(outcome):
    with pytest.raises(ValueError, match=outcome):
        mutation.counted("objective", [change(outcome)])


def test_a_run_of_some_modules_leaves_the_others():
    earlier = {
        "provenance": ["first", "second"],
        "figures": {"a": {"changes": 1, "run": 0}, "b": {"run": 1}},
    }
    runs, rows = mutation.merged(earlier, "third", {"a": {"changes": 2}})
    # Nothing is left of the first run.
    assert runs == ["second", "third"]
    assert rows == {"a": {"changes": 2, "run": 1}, "b": {"run": 0}}
    assert mutation.merged(None, "first", {"a": {}}) == (
        ["first"],
        {"a": {"run": 0}},
    )


def test_every_module_and_its_tests_are_there():
    for name in mutation.MODULES:
        assert (mutation.ROOT / mutation.SOURCE / f"{name}.py").is_file()
        assert (mutation.ROOT / mutation.tests_of(name)).is_file()
    for name, _ in mutation.EQUIVALENT:
        assert name in mutation.MODULES
