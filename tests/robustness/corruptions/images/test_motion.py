import math

import numpy as np
import pytest
from keras import ops

from keras_ceb._src.robustness.corruptions.images import motion
from tests.robustness.corruptions.pictures import keys
from tests.robustness.corruptions.pictures import pictures


def reference(image, angle, radius, sigma):
    """ImageMagick's motion blur, pixel by pixel of the line, in float64."""
    height, width = image.shape[:2]
    line = np.exp(-(np.arange(2 * radius + 1) ** 2) / (2 * sigma**2))
    line /= line.sum()
    rise, run = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    result = np.zeros(image.shape)
    for step, weight in enumerate(line):
        rows = np.arange(height) + math.ceil(step * rise - 0.5)
        columns = np.arange(width) + math.ceil(step * run - 0.5)
        rows, columns = rows.clip(0, height - 1), columns.clip(0, width - 1)
        result += weight * image[rows][:, columns]
    return result


@pytest.mark.parametrize("angle", [-45, -20.5, 0.1, 33, -90, -134])
@pytest.mark.parametrize(("radius", "sigma"), [(6, 1), (10, 3), (20, 15)])
def test_blur_along_against_float64(angle, radius, sigma):
    x = pictures(2, 24, 30)
    angles = np.array([angle, angle + 7.3], "float32")
    result = motion.blur_along(
        ops.convert_to_tensor(x.astype("float32")),
        ops.convert_to_tensor(angles),
        radius,
        sigma,
    )
    for index in range(2):
        np.testing.assert_allclose(
            ops.convert_to_numpy(result)[index],
            reference(x[index].astype("float64"), angles[index], radius, sigma),
            atol=1e-2,
        )


def test_angles_stay_within_45_degrees_and_differ():
    # A bright column is dragged sideways, never straight up or down.
    x = np.zeros((64, 33, 33, 1), "float32")
    x[:, 16, 16] = 255
    result = motion.motion_blur(ops.convert_to_tensor(x), keys(64), 6, 2)
    result = ops.convert_to_numpy(result)[..., 0]
    assert len({image.tobytes() for image in result}) > 10
    rows, columns = np.nonzero(result.max(axis=0))
    assert np.all(np.abs(rows - 16) <= np.abs(columns - 16) + 1)
    assert np.any(rows > 16) and np.any(rows < 16)


def test_result_is_rounded_to_levels():
    x = ops.convert_to_tensor(pictures(1, 16, 16).astype("float32"))
    result = ops.convert_to_numpy(motion.motion_blur(x, keys(1), 6, 2))
    np.testing.assert_array_equal(result, np.round(result))


def test_kernel_is_half_a_gaussian():
    kernel = motion.motion_kernel(10, 3)
    assert len(kernel) == 21
    assert kernel.sum() == pytest.approx(1)
    assert kernel[3] / kernel[0] == pytest.approx(math.exp(-0.5))
