import matplotlib
import numpy as np

from keras_ceb._src.robustness.report import plotting
from tests.robustness.report.test_report import make_report

matplotlib.use("agg")


def test_curves_show_the_accuracies():
    figure = plotting.plot_curves([make_report("a"), make_report("b")])
    (axis,) = figure.axes
    lines = axis.get_lines()
    assert [line.get_label() for line in lines] == ["a", "b"]
    np.testing.assert_allclose(lines[0].get_xdata(), [0, 0.05, 0.2])
    np.testing.assert_allclose(lines[0].get_ydata(), [1, 1, 0.75])


def test_png_is_inline():
    figure = plotting.plot_curves([make_report()])
    assert plotting.to_png(figure).startswith("data:image/png;base64,iVBOR")
