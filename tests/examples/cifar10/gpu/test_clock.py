"""The time of a study over several calls."""

import time

import pytest

from examples.cifar10.gpu.clock import Clock


def test_calls_add_up(tmp_path):
    first = Clock(tmp_path, minutes=10, call_minutes=4, start=time.time() - 180)
    assert first.left() == pytest.approx(420, abs=2)
    assert first.left_to_call() == pytest.approx(60, abs=2)
    first.tick()
    # Killed; the next call knows of the three minutes.
    second = Clock(tmp_path, minutes=10, call_minutes=20)
    assert second.left() == pytest.approx(420, abs=2)
    assert second.left_to_call() == pytest.approx(420, abs=2)
    # Another process of the first call does not count it twice.
    other = Clock(tmp_path, 10, 4, start=first.start)
    assert other.left() == pytest.approx(420, abs=2)
