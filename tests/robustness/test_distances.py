import matplotlib
import numpy as np
import pytest

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb.robustness import Distances

matplotlib.use("agg")


@pytest.fixture
def distances():
    values = np.float32([0.5, 0, np.inf, 0.25, 0.5])
    return Distances({"name": "FMN", "norm": "l2"}, values)


def test_accuracies_by_hand(distances):
    assert distances.clean_accuracy == 0.8
    found = [distances.accuracy(eps) for eps in (0, 0.2, 0.25, 0.49, 0.5, 9)]
    np.testing.assert_allclose(found, [0.8, 0.8, 0.6, 0.6, 0.2, 0.2])
    assert distances.interval(0.25) == wilson(3, 5, 0.95)
    assert distances.median == 0.5
    assert "median L2 distance 0.5 under FMN; 0.8000" in str(distances)


def test_the_curve_is_every_change(distances):
    radii, accuracy = distances.curve()
    np.testing.assert_allclose(radii, [0, 0.25, 0.5])
    np.testing.assert_allclose(accuracy, [0.8, 0.6, 0.2])
    np.testing.assert_allclose(accuracy, [distances.accuracy(r) for r in radii])


def test_without_any_misclassified_point():
    distances = Distances({"name": "FMN", "norm": "l0"}, np.float32([np.inf]))
    radii, accuracy = distances.curve()
    assert radii.tolist() == [0] and accuracy.tolist() == [1]
    assert distances.median == np.inf


def test_the_plot_shows_the_curve(distances):
    (axis,) = distances.plot().axes
    (line,) = axis.get_lines()
    np.testing.assert_allclose(line.get_xdata(), [0, 0.25, 0.5])
    np.testing.assert_allclose(line.get_ydata(), [0.8, 0.6, 0.2])
    assert axis.get_xlabel() == "L2 radius, units of the input"
