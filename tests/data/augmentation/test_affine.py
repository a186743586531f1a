"""Transforms against Pillow, at sizes and angles of all kinds."""

import numpy as np
import pytest
from keras import ops

from keras_ceb._src.data.augmentation import affine
from tests.data.augmentation import pillow


@pytest.mark.parametrize("height, width", [(32, 32), (17, 40)])
def test_pixel_for_pixel(height, width):
    images = pillow.pictures(3, height, width)
    fill = np.array([1, 2, 3], "uint8")
    for operation, values in (
        ("Rotate", (0, 27, -27, 30, 13.5, 90, 180, 45)),
        ("ShearX", (0.27, -0.3, 0.1)),
        ("ShearY", (0.27, -0.3, 0.1)),
        ("TranslateX", (0, 9, -9, 2.5, 100)),
        ("TranslateY", (4, -4, 6.8)),
    ):
        for value in values:
            if operation == "Rotate" and value == 90 and height != width:
                continue  # Pillow turns by right angles another way.
            matrix = affine.matrix(operation, value, height, width)
            coefficients = ops.convert_to_tensor(
                np.stack([affine.fixed_point(matrix)] * 8)
            )
            np.testing.assert_array_equal(
                ops.convert_to_numpy(
                    affine.transform(images, coefficients, fill)
                ),
                pillow.apply(images, operation, value, (1, 2, 3)),
                err_msg=f"{operation} {value}",
            )
