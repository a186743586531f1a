import numpy as np
import pytest
import scipy.ndimage
from keras import ops

from keras_ceb._src.robustness.corruptions.images import blur
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import pictures

CASES = [
    (variant, severity) for variant in VARIANTS for severity in (1, 2, 4, 5)
]


def run(function, x, *row):
    x = ops.convert_to_tensor(x.astype("float32"))
    return ops.convert_to_numpy(function(x, None, *row))


@pytest.mark.parametrize(("variant", "severity"), CASES)
def test_zoom_blur_against_scipy(variant, severity):
    stop, step = registry.corruption("zoom_blur").parameters_at(
        severity, variant
    )
    x = pictures(1, 40, 40)
    image = x[0].astype("float64")
    total = image.copy()
    factors = np.arange(1, stop, step)
    for factor in factors:
        crop = int(np.ceil(40 / factor))
        top = (40 - crop) // 2
        zoomed = scipy.ndimage.zoom(
            image[top : top + crop, top : top + crop],
            (factor, factor, 1),
            order=1,
        )
        trim = (zoomed.shape[0] - 40) // 2
        total += zoomed[trim : trim + 40, trim : trim + 40]
    np.testing.assert_allclose(
        run(blur.zoom_blur, x, stop, step)[0],
        total / (len(factors) + 1),
        atol=1e-2,
    )


def test_zoom_blur_takes_rectangles_side_by_side():
    x = pictures(1, 24, 40)
    result = run(blur.zoom_blur, x, 1.11, 0.01)
    turned = run(blur.zoom_blur, x.transpose(0, 2, 1, 3), 1.11, 0.01)
    np.testing.assert_allclose(result, turned.transpose(0, 2, 1, 3), atol=1e-3)


@pytest.mark.parametrize("sigma", [0.4, 1, 6])
def test_gaussian_blur_against_scipy(sigma):
    x = pictures(2, 40, 48)
    expected = scipy.ndimage.gaussian_filter(
        x.astype("float64"), (0, sigma, sigma, 0), mode="nearest", truncate=4
    )
    np.testing.assert_allclose(
        run(blur.gaussian_blur, x, sigma), expected, atol=1e-2
    )
