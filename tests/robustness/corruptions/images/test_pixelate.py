import numpy as np
import pytest
from keras import ops
from PIL import Image

from keras_ceb._src.robustness.corruptions.images import pixelate
from keras_ceb._src.robustness.corruptions.images import registry
from keras_ceb._src.robustness.corruptions.images.corruption import SEVERITIES
from keras_ceb._src.robustness.corruptions.images.corruption import VARIANTS
from tests.robustness.corruptions.pictures import pictures


def reference(image, scale):
    height, width = image.shape[:2]
    small = (int(width * scale), int(height * scale))
    picture = Image.fromarray(image).resize(small, Image.Resampling.BOX)
    return np.asarray(picture.resize((width, height), Image.Resampling.BOX))


@pytest.mark.parametrize("severity", SEVERITIES)
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("size", [(32, 32), (45, 61)])
def test_equal_to_pillow(variant, severity, size):
    (scale,) = registry.corruption("pixelate").parameters_at(severity, variant)
    x = pictures(2, *size)
    result = pixelate.pixelate(
        ops.convert_to_tensor(x.astype("float32")), None, scale
    )
    expected = np.stack([reference(image, scale) for image in x])
    np.testing.assert_array_equal(ops.convert_to_numpy(result), expected)


def test_equal_to_pillow_at_224_pixels():
    x = pictures(1, 224, 224)
    for scale in (0.6, 0.25):
        result = pixelate.pixelate(
            ops.convert_to_tensor(x.astype("float32")), None, scale
        )
        np.testing.assert_array_equal(
            ops.convert_to_numpy(result)[0], reference(x[0], scale)
        )
