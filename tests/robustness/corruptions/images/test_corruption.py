import re

import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.images import corruption

RECORD = corruption.Corruption(
    "rain",
    20,
    "weather",
    lambda x, keys, length, width: x,
    {
        "imagenet-c": ((1, 2), (3, 4), (5, 6), (7, 8), (9, 10)),
        "cifar10-c": (1, 2, 3, 4, 5),
    },
    smallest_side=lambda length, width: length + width,
    needs_color=True,
)


def test_parameters_at_a_severity():
    assert RECORD.parameters_at(2) == (3, 4)
    assert RECORD.parameters_at(np.int64(5)) == (9, 10)
    # One parameter needs no tuple of its own.
    assert RECORD.parameters_at(4, "cifar10-c") == (4,)


def test_salt():
    assert RECORD.salt(3) == 163


def test_images_of_the_smallest_size_pass():
    RECORD.check_size(7, 9, 3, (3, 4))
    assert RECORD.smallest_for((3, 4)) == 7


@pytest.mark.parametrize(("height", "width"), [(6, 9), (9, 6)])
def test_smaller_images_are_refused(height, width):
    match = f"at least 7 pixels.*rain.*height={height}, width={width}"
    with pytest.raises(ValueError, match=match):
        RECORD.check_size(height, width, 3, (3, 4))


def test_gray_images_are_refused_where_color_is_needed():
    match = "`images` must have 3 channels for rain.*Received: channels=1"
    with pytest.raises(ValueError, match=match):
        RECORD.check_size(9, 9, 1, (3, 4))


@pytest.mark.parametrize("severity", [0, 6, 1.0, 1.5, "1", True, None])
def test_unknown_severity(severity):
    received = re.escape(f"severity={severity!r}")
    with pytest.raises(
        ValueError, match=f"`severity` must be.*1 to 5.*{received}"
    ):
        RECORD.parameters_at(severity)


def test_unknown_variant_lists_the_choices():
    with pytest.raises(
        ValueError, match="`variant` must be.*'cifar10-c'.*'cifar100-c'"
    ):
        RECORD.parameters_at(1, "cifar100-c")
