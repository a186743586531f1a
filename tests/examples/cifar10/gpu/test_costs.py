"""What fits into the time, by hand."""

import dataclasses

import pytest

from examples.cifar10.gpu import costs
from examples.cifar10.gpu import settings
from examples.cifar10.gpu.settings import Row

SETTINGS = dataclasses.replace(
    settings.preset("smoke"),
    images=1000,
    attack_batch=500,
    epochs=(10, 5, 2),
    core=(Row("preact", True, "ceb_4"), Row("preact", False, "baseline")),
)
MEASURED = {
    "compile preact-fast": 10.0,
    "step preact-fast": 0.02,
    "compile preact-plain": 5.0,
    "step preact-plain": 0.01,
    "compile attack preact": 30.0,
    "gradient preact": 0.001,
}


def test_predicted():
    fast, plain = SETTINGS.core
    # 5 epochs of 100 steps; 20 gradients of two batches; 3900 of one.
    seconds = costs.predicted(fast, SETTINGS, MEASURED, 5, 100, 1000)
    assert seconds == pytest.approx(10 + 10 + 0.04 + 3.9)
    # Three radii.
    seconds = costs.predicted(plain, SETTINGS, MEASURED, 5, 100, 1000)
    assert seconds == pytest.approx(5 + 5 + 0.12 + 3.9)
    known = {**MEASURED, "autoattack preact-fast": 7.0}
    seconds = costs.predicted(fast, SETTINGS, known, 5, 100, 1000)
    assert seconds == pytest.approx(10 + 10 + 0.04 + 7.0)


@pytest.mark.parametrize(
    ("seconds", "epochs"), [(83.0, 10), (82.9, 5), (50.0, 2), (1.0, 2)]
)
def test_longest(seconds, epochs):
    # 30 to compile the attacks, 22.96 fixed, 3 per epoch.
    found = costs.longest(SETTINGS, MEASURED, 100, 1000, seconds)
    assert found == epochs


def test_costs_are_kept(tmp_path):
    costs.Costs(tmp_path).add(one=1.0)
    costs.Costs(tmp_path).add(two=2.0)
    assert costs.Costs(tmp_path).all() == {"one": 1.0, "two": 2.0}
