"""What levels mean, in the three conventions."""

import pytest

from keras_ceb._src.data.augmentation.magnitudes import magnitude
from keras_ceb._src.data.augmentation.magnitudes import max_translation


@pytest.mark.parametrize(
    "operation, level, authors, tensorflow, torchvision",
    [
        # The examples at which the three clash.
        ("Posterize", 8, 1, 3, 4),
        ("Posterize", 0, 4, 0, 8),
        ("Posterize", 5, 2, 2, 6),
        ("Solarize", 8, 52, 204, 255 / 9),
        ("Solarize", 5, 128, 128, 255 * 4 / 9),
        ("Rotate", 9, 27, 27, 30),
        ("Rotate", 2, 6, 6, 60 / 9),
        ("ShearY", 8, 0.24, 0.24, 0.8 / 3),
        ("Color", 9, 1.72, 1.72, 1.9),
        ("Brightness", 3, 0.64, 0.64, 1.3),
        ("Equalize", 9, 0, 0, 0),
    ],
)
def test_levels(operation, level, authors, tensorflow, torchvision):
    for convention, expected in (
        ("authors", authors),
        ("tensorflow", tensorflow),
        ("torchvision", torchvision),
    ):
        value = magnitude(operation, level, False, convention, 10)
        assert value == pytest.approx(expected)


def test_translation():
    # 32 pixels a side: 10 pixels for the authors, in whole pixels.
    assert max_translation("authors", 32) == 10
    assert magnitude("TranslateX", 9, False, "authors", 10) == 9
    assert magnitude("TranslateX", 3, True, "authors", 15) == -4
    assert max_translation("tensorflow", 32) == 250
    longest = max_translation("torchvision", 331)
    assert magnitude("TranslateY", 9, False, "torchvision", longest) == 150


def test_signs():
    for operation in ("Rotate", "ShearX", "TranslateY"):
        one = magnitude(operation, 7, False, "authors", 10)
        assert one > 0
        assert magnitude(operation, 7, True, "authors", 10) == -one
    for negative in (False, True):
        assert magnitude("Color", 2, negative, "authors", 10) == pytest.approx(
            0.46
        )
    assert magnitude("Color", 2, True, "torchvision", 10) == pytest.approx(0.8)
