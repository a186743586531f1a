import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src.robustness.corruptions.images import defocus
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import pictures

CASES = [
    (variant, severity) for variant in VARIANTS for severity in (1, 2, 4, 5)
]


def run(function, x, *row):
    x = ops.convert_to_tensor(x.astype("float32"))
    return ops.convert_to_numpy(function(x, None, *row))


def reference_disk(radius, alias_sigma):
    """The original's kernel, its OpenCV blur replaced by SciPy's filter."""
    reach, extra = (8, 1) if radius <= 8 else (int(radius), 2)
    grid = np.arange(-reach, reach + 1)
    across, down = np.meshgrid(grid, grid)
    disk = (across**2 + down**2 <= radius**2).astype("float64")
    disk /= disk.sum()
    taps = np.exp(-(np.arange(-extra, extra + 1) ** 2) / (2 * alias_sigma**2))
    taps /= taps.sum()
    for axis in (0, 1):
        disk = scipy.ndimage.correlate1d(disk, taps, axis, mode="mirror")
    return disk


@pytest.mark.parametrize(("variant", "severity"), CASES)
def test_defocus_blur_against_scipy(variant, severity):
    row = registry.corruption("defocus_blur").parameters_at(severity, variant)
    x = pictures(2, 40, 48)
    kernel = reference_disk(*row)[..., None]
    expected = np.stack(
        [
            scipy.ndimage.correlate(
                image.astype("float64"), kernel, mode="mirror"
            )
            for image in x
        ]
    )
    np.testing.assert_allclose(
        run(defocus.defocus_blur, x, *row), expected, atol=0.1
    )
