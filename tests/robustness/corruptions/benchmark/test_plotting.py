import matplotlib
import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import figures
from keras_ceb._src.robustness.corruptions.benchmark import plotting
from tests.robustness.corruptions.benchmark.test_corruption_report import make

matplotlib.use("Agg")


def test_severities():
    figure = plotting.plot_severities(make(["fog", "snow"]))
    lines = figure.axes[0].get_lines()
    assert [line.get_label() for line in lines[:2]] == ["fog", "snow"]
    np.testing.assert_allclose(lines[0].get_ydata(), [10, 20, 30, 40, 50])


def test_over_rho_draws_each_corruption_with_its_baseline():
    reports = {rho: make(["fog", "snow"]) for rho in (4, 1, 2)}
    reports[1].errors["fog"] = {s: 0.2 for s in range(1, 6)}
    baseline = make(["fog", "snow"])
    figure = plotting.plot_over_rho(reports, baseline)
    left, right = figure.axes
    fog, level = left.get_lines()[:2]
    np.testing.assert_allclose(fog.get_xdata(), [1, 2, 4])
    np.testing.assert_allclose(fog.get_ydata(), [20, 30, 30])
    np.testing.assert_allclose(level.get_ydata(), [30, 30])
    assert fog.get_color() == level.get_color()
    labels = [line.get_label() for line in right.get_lines()[::2]]
    assert labels == ["clean", "avg", "mCE"]


def test_over_rho_leaves_out_what_a_model_lacks():
    reports = {1: make(["fog"], normalizer=None)}
    figure = plotting.plot_over_rho(reports, make(["fog", "snow"]))
    left, right = figure.axes
    assert [line.get_label() for line in left.get_lines()[::2]] == ["fog"]
    labels = [line.get_label() for line in right.get_lines()[::2]]
    assert labels == ["clean", "avg"]


def test_over_no_rho():
    with pytest.raises(ValueError, match="`reports`"):
        plotting.plot_over_rho({}, make(["fog"]))


def test_what_is_no_report(monkeypatch):
    good = make()
    monkeypatch.setattr(figures, "new_figure", None)
    with pytest.raises(TypeError, match="`report` must be.*Received"):
        plotting.plot_severities(good.to_dict())
    with pytest.raises(TypeError, match="`reports` must map rho"):
        plotting.plot_over_rho([good], good)
    with pytest.raises(TypeError, match=r"`reports\[1.0\]` must be"):
        plotting.plot_over_rho({1.0: 3}, good)
    with pytest.raises(TypeError, match="`baseline` must be"):
        plotting.plot_over_rho({1.0: good}, None)
    with pytest.raises(TypeError, match="`reports` must be a number"):
        plotting.plot_over_rho({"1.0": good}, good)
