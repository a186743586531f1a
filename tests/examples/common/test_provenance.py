import sys

from examples.common import provenance


def test_where_a_result_came_from(monkeypatch):
    monkeypatch.setattr(
        sys, "argv", ["run.py", "--data=/home/me/cifar10.npz", "--seed=1"]
    )
    record = provenance.provenance()
    # No path of this machine.
    assert record["command"].endswith(" --data=cifar10.npz --seed=1")
    assert "cores of" in record["hardware"]
    assert record["versions"]["keras"].count(".") == 2
    assert record["backend"] in ("tensorflow", "jax")


def test_versions_of_further_packages_where_they_are_installed():
    versions = provenance.provenance("pytest", "no-such-package")["versions"]
    assert "pytest" in versions and "no-such-package" not in versions
