"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import others


def test_an_equivalent_change_is_left_out_of_the_score(monkeypatch):
    figures = {
        "one": {"changes": 7, "equivalent": ["3: x"], "survived": ["4: y"]},
        "two": {"changes": 4, "equivalent": [], "survived": []},
    }
    monkeypatch.setattr(others, "load", lambda name: {"figures": figures})
    # 10 could be noticed, 9 are.
    assert others.mutation_score() == pytest.approx(0.9)


def test_half_of_an_interval():
    # 1.96 sqrt(0.7 x 0.3 / 100) is 0.0898.
    assert others.interval(0.7, 100) == pytest.approx(8.98, abs=0.01)
