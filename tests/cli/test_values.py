import argparse

import pytest

from keras_ceb_cli import values


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0.5", 0.5), ("8/255", 8 / 255), (" 1 ", 1.0), ("1e-3", 0.001)],
)
def test_radii(text, expected):
    assert values.radius(text) == pytest.approx(expected)


def test_bars():
    assert values.bar("clean=0.9") == ("", 0.0, 0.9)
    assert values.bar("linf:4/255=0.30") == ("linf", 4 / 255, 0.3)
    assert values.bar("l2:0.5=1/3") == ("l2", 0.5, pytest.approx(1 / 3))


def test_positive_integers():
    assert values.positive(" 12 ") == 12
    for text in ("0", "-1", "1.0", "1e3", "", "nan"):
        with pytest.raises(argparse.ArgumentTypeError, match="positive int"):
            values.positive(text)
