import sys

import numpy as np
import pytest

from keras_ceb._src import backend
from keras_ceb._src.robustness.corruptions.images import jpeg
from keras_ceb._src.robustness.corruptions.images import jpeg_codec
from tests.robustness.corruptions.pictures import compiled
from tests.robustness.corruptions.pictures import pictures


def run(x):
    return compiled(jpeg.jpeg_compression, x.astype("float32"), 10)


@pytest.mark.parametrize("code", [jpeg_codec.code, jpeg_codec._pillow_code])
def test_the_libraries_give_the_same_images(code):
    x = pictures(2, 112, 120)
    np.testing.assert_array_equal(code(x, 10), run(x))
    gray = x[..., :1]
    np.testing.assert_array_equal(code(gray, 10), run(gray))


def test_without_any_library(monkeypatch):
    monkeypatch.setattr(backend, "jpeg_codec", lambda images, quality: None)
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert jpeg_codec.code(pictures(1, 8, 8), 10) is None
