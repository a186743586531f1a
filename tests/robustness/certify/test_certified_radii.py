import matplotlib
import numpy as np
import pytest

from keras_ceb._src.robustness.intervals import wilson
from keras_ceb.robustness.certify import CertifiedRadii

matplotlib.use("agg")


@pytest.fixture
def certified():
    # Right, right, wrong, abstained, right.
    return CertifiedRadii(
        {"name": "smoothing", "space": "input"},
        predicted=np.int32([1, 2, 0, -1, 0]),
        labels=np.int32([1, 2, 1, 0, 0]),
        radii=np.array([0.5, 0.2, 0.9, 0.0, 0.5]),
    )


def test_accuracies_by_hand(certified):
    found = [certified.accuracy(eps) for eps in (0, 0.1, 0.2, 0.4, 0.5)]
    np.testing.assert_allclose(found, [0.6, 0.6, 0.4, 0.4, 0])
    assert certified.accuracy() == 0.6 and certified.abstained == 0.2
    assert certified.interval(0.2) == wilson(2, 5, 0.95)
    assert certified.interval() == wilson(3, 5, 0.95)
    assert certified.right.tolist() == [True, True, False, False, True]
    assert "0.6000 certified by smoothing, median radius 0.5" in str(certified)
    assert "0.2000 abstained; 5 images" in str(certified)


def test_figures_at_the_radii_of_tables(certified):
    assert [f["radius"] for f in certified.figures()] == [0]
    certified.table_radii = (0.0, 0.2)
    assert certified.figures()[1] == {
        "radius": 0.2,
        "accuracy": 0.4,
        "interval": list(wilson(2, 5, 0.95)),
    }


def test_the_curve_is_every_change(certified):
    radii, accuracy = certified.curve()
    np.testing.assert_allclose(radii, [0, 0.2, 0.5])
    np.testing.assert_allclose(accuracy, [0.6, 0.4, 0.0])
    np.testing.assert_allclose(accuracy, [certified.accuracy(r) for r in radii])


@pytest.mark.parametrize(
    ("space", "unit"), [("input", "input"), ("encoding", "standard dev")]
)
def test_the_plot_names_the_unit(certified, space, unit):
    certified.certificate["space"] = space
    (axis,) = certified.plot().axes
    assert unit in axis.get_xlabel()
    assert axis.get_ylabel() == "certified accuracy"


def test_nothing_certified():
    none = CertifiedRadii(
        {"name": "smoothing", "space": "input"},
        np.int32([-1]),
        np.int32([0]),
        np.zeros(1),
    )
    assert none.accuracy() == 0 and "median radius 0 " in str(none)
