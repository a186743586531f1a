import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.images import image_checks
from keras_ceb.robustness import corruptions


@pytest.mark.parametrize(
    ("dtype", "value_range", "white"),
    [
        ("uint8", (0, 1), 255),
        ("float32", (0, 1), 1),
        ("float64", (0, 255), 255),
    ],
)
def test_white_level(dtype, value_range, white):
    images = np.zeros((1, 4, 4, 1), dtype)
    assert image_checks.white_level(images, value_range) == white


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 8, 8), "uint8"), r"Received: images.shape=\(2, 8, 8\)"),
        (np.zeros((2, 8, 8, 4), "uint8"), "1 or 3 channels"),
        (np.zeros((2, 8, 8, 3), "int32"), "images.dtype=int32"),
        (np.full((2, 8, 8, 3), 100.0), "from 100 to 100"),
        (np.full((2, 8, 8, 3), -0.1), "from -0.1 to -0.1"),
        (np.full((2, 8, 8, 3), np.nan), "from nan to nan"),
    ],
)
def test_bad_images(images, message):
    with pytest.raises(ValueError, match=message):
        corruptions.corrupt(images, "contrast", 3)


def test_bad_range():
    with pytest.raises(ValueError, match=r"`value_range`.*\(-1, 1\)"):
        corruptions.corrupt(
            np.zeros((1, 8, 8, 3)), "contrast", 3, value_range=(-1, 1)
        )
    with pytest.raises(ValueError, match=r"=\(0, 255\)"):
        corruptions.corrupt(
            np.full((1, 8, 8, 3), 256.0), "fog", 3, value_range=(0, 255)
        )
