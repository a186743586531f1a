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
