import json

import numpy as np
import pytest

from keras_ceb.robustness import ood

INSIDE, OUTSIDE = np.arange(8.0), np.arange(5.0, 10.0)


@pytest.fixture
def report():
    forward = ood.separation(INSIDE, OUTSIDE, resamples=9)
    backward = ood.separation(-INSIDE, -OUTSIDE, resamples=9)
    scores = {"energy": forward, "max_logit": backward}
    return ood.OODReport({"noise": scores, "digits|": scores})


def test_dict_and_table(report):
    loaded = json.loads(json.dumps(report.to_dict()))
    one = loaded["noise"]["energy"]
    assert one["auroc"] == ood.auroc(INSIDE, OUTSIDE)
    low, high = one["auroc_interval"]
    header, _, first, *rest = report.table().to_markdown().splitlines()
    assert "FPR at 95 % TPR" in header
    cell = f"{one['auroc']:.4f} ({low:.4f} to {high:.4f})"
    assert first.startswith(f"| noise | 5 | energy | {cell} |")
    assert len(rest) == 3 and "digits\\|" in rest[1]


def test_figure_shows_each_interval(report):
    axes = report.plot().axes
    assert [axis.get_title() for axis in axes] == ["noise", "digits|"]
    scores = report.sets["noise"]
    assert [t.get_text() for t in axes[0].get_yticklabels()] == [*scores]
    interval, point = axes[0].lines[:2]
    assert tuple(interval.get_xdata()) == scores["energy"].auroc_interval
    assert point.get_xdata()[0] == scores["energy"].auroc
