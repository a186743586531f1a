import matplotlib
import numpy as np

from keras_ceb._src.robustness.step_plot import step_plot

matplotlib.use("agg")


class Halves:
    """An accuracy that falls from 1 to 0.5 at the radius 2."""

    def curve(self):
        return np.array([0.0, 2.0]), np.array([1.0, 0.5])

    def interval(self, eps):
        return (0.9, 1.0) if eps < 2 else (0.4, 0.6)


def test_lines_bands_and_labels():
    (axis,) = step_plot(Halves(), "a name", "radius", "accuracy").axes
    (line,) = axis.get_lines()
    assert line.get_label() == "a name" and line.get_drawstyle() == "steps-post"
    np.testing.assert_array_equal(line.get_xdata(), [0, 2])
    np.testing.assert_array_equal(line.get_ydata(), [1, 0.5])
    (band,) = axis.collections
    ends = set(band.get_paths()[0].vertices[:, 1])
    assert ends == {0.9, 1.0, 0.4, 0.6}
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("radius", "accuracy")
