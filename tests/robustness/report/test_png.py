import base64
import io

import matplotlib.image
import numpy as np
import pytest

from keras_ceb._src.robustness.report import png


@pytest.mark.parametrize("channels", [1, 3])
def test_another_library_reads_the_file(channels):
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (5, 7, channels)).astype("uint8")
    prefix, text = png.data_url(image).split(",")
    assert prefix == "data:image/png;base64"
    read = matplotlib.image.imread(io.BytesIO(base64.b64decode(text)))
    expected = image[..., 0] if channels == 1 else image
    np.testing.assert_array_equal(np.rint(255 * read), expected)
