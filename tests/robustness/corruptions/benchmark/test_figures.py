import matplotlib
import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark import figures

matplotlib.use("Agg")
ERRORS = {"fog": {5: 0.5, 1: 0.1}, "snow": {3: 0.4}}


def test_a_line_per_corruption_over_rising_severities():
    (axis,) = figures.draw_severities(ERRORS, "cifar10-c", 0.05).axes
    fog, snow, clean = axis.get_lines()
    assert [fog.get_label(), snow.get_label()] == ["fog", "snow"]
    np.testing.assert_array_equal(fog.get_xdata(), [1, 5])
    np.testing.assert_allclose(fog.get_ydata(), [10, 50])
    np.testing.assert_allclose(snow.get_ydata(), [40])
    np.testing.assert_allclose(clean.get_ydata(), 5)
    assert "cifar10-c" in axis.get_xlabel()


def test_without_a_clean_error():
    (axis,) = figures.draw_severities(ERRORS, "cifar10-c", None).axes
    assert len(axis.get_lines()) == 2


@pytest.mark.parametrize("panels", [1, 2])
def test_panels(panels):
    figure, axes = figures.new_figure(panels)
    assert list(axes) == figure.axes
    assert len(axes) == panels
