import sys

import keras
import pytest

from examples.common import provenance


def test_where_a_result_came_from(monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["run.py", "--data=/home/me/cifar10.npz", "--seed=1"]
    )
    record = provenance.run("training", 3.6, range(2))
    # No path of this machine.
    assert record["command"].endswith(" --data=cifar10.npz --seed=1")
    assert record["step"] == "training" and record["seeds"] == [0, 1]
    assert record["seconds"] == 4
    assert "cores of" in record["hardware"]
    assert record["versions"]["keras"].count(".") == 2
    assert record["backend"] == keras.config.backend()


def test_a_command_has_the_environment_that_figures_depend_on(monkeypatch):
    for name in provenance.VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert provenance.run("training", 1)["command"].startswith("python ")
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    start = "NVIDIA_TF32_OVERRIDE=0 python "
    assert provenance.run("training", 1)["command"].startswith(start)


def test_versions_of_further_packages_where_they_are_installed():
    packages = ("pytest", "no-such-package")
    versions = provenance.run("training", 0, packages=packages)["versions"]
    assert "pytest" in versions and "no-such-package" not in versions


@pytest.mark.parametrize(
    ("status", "modified"),
    [("", False), (" M keras_ceb/model.py", True), (None, None)],
)
def test_changes_that_the_commit_lacks(monkeypatch, status, modified):
    answers = {"rev-parse": "0" * 40, "status": status}
    monkeypatch.setattr(provenance, "_git", lambda name, *_: answers[name])
    assert provenance.run("measurement", 1)["modified"] is modified


def test_a_copy_of_the_source_says_of_which_commit(monkeypatch):
    monkeypatch.setattr(provenance, "_git", lambda name, *_: "0" * 40)
    monkeypatch.setenv(provenance.COMMIT_VARIABLE, "1" * 40)
    run = provenance.run("measurement", 1)
    assert run["commit"] == "1" * 40 and run["modified"] is None


def test_whether_a_commit_has_the_change_of_another():
    head = provenance._git("rev-parse", "HEAD")
    before = provenance._git("rev-parse", "--verify", "--quiet", "HEAD~1")
    if before is None:
        pytest.skip("needs the history")
    assert provenance.contains(head, before) is True
    assert provenance.contains(before, head) is False
    assert provenance.contains("0" * 40, head) is None
