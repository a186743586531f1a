import json

import numpy as np
import pytest

from keras_ceb._src.robustness.selective.selective_report import (
    selective_report,
)
from keras_ceb.robustness import selective

RIGHT = np.arange(20) < 12
SCORES = {"best": np.arange(20.0), "worst": -np.arange(20.0)}


@pytest.fixture
def report():
    return selective_report(SCORES, RIGHT)


def test_figures_are_those_of_the_functions(report):
    loaded = json.loads(json.dumps(report.to_dict()))
    for name, scores in SCORES.items():
        assert loaded[name]["aurc"] == selective.aurc(scores, RIGHT)
        assert loaded[name]["excess_aurc"] == selective.excess_aurc(
            scores, RIGHT
        )
        for share, accuracy in loaded[name]["accuracy_at_coverage"].items():
            assert accuracy == selective.accuracy_at(
                float(share), scores, RIGHT
            )
    assert loaded["best"]["accuracy_at_coverage"]["0.5"] == 1
    assert loaded["worst"]["accuracy_at_coverage"]["0.5"] == 0.2


def test_table(report):
    text = report.table().to_markdown()
    assert "accuracy at 50%" in text
    assert "| best | " in text and "| 0.6000 |" in text


def test_figure_has_a_line_per_score(report):
    (axis,) = report.plot().axes
    first, second = axis.lines
    assert [t.get_text() for t in axis.get_legend().texts] == [*SCORES]
    np.testing.assert_allclose(first.get_xdata(), np.arange(1, 21) / 20)
    np.testing.assert_array_equal(
        second.get_ydata(), selective.accuracy_curve(SCORES["worst"], RIGHT)
    )
