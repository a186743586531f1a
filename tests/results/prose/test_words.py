"""Figures in sentences, against numbers found by hand."""

import pytest

from results.prose import words


@pytest.mark.parametrize(
    ("values", "text"),
    [([3], "3"), ([0, 1], "0 and 1"), ([0, 1, 2], "0, 1 and 2")],
)
def test_lists(values, text):
    assert words.listed(values) == text


@pytest.mark.parametrize(
    ("number", "text"), [(6, "six"), (10, "ten"), (80, "80"), (2000, "2,000")]
)
def test_numbers(number, text):
    assert words.word_or_number(number) == text


def test_units():
    assert words.share(0.276) == "28 %"
    assert words.share(0.00691, 1) == "0.7 %"
    assert words.of_255(0.00392156862745098) == "1/255"
