import pytest

from keras_ceb.robustness.attacks import PGD
from keras_ceb.robustness.attacks import Curve


def test_radii_in_order():
    assert Curve("l2", [0.5, 0.25, 0.5]).attacks((0, 1)) == [
        PGD("l2", 0.25),
        PGD("l2", 0.5),
    ]
    assert Curve("linf", 8).attacks((0, 255)) == [PGD("linf", 8.0)]


def test_default_radii_scale_with_the_range():
    attacks = Curve("linf").attacks((-1.0, 1.0))
    assert [a.eps * 255 / 2 for a in attacks] == pytest.approx([1, 2, 4, 8, 16])
    attacks = Curve("l2").attacks((0.0, 1.0))
    assert [a.eps for a in attacks] == [0.125, 0.25, 0.5, 1.0, 2.0]


def test_an_unknown_norm():
    with pytest.raises(ValueError, match="`norm` must be one of.*'l7'"):
        Curve("l7")
