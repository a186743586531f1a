"""Tables of values against Pillow and NumPy."""

import numpy as np
from PIL import Image
from PIL import ImageFilter
from PIL import ImageStat

from keras_ceb._src.data.augmentation import lookup
from tests.data.augmentation import pillow


def test_autocontrast_is_pillows_for_many_ranges():
    # Also where its truncation turns 255 into 254.
    rng = np.random.default_rng(0)
    tables = lookup.autocontrast_tables()
    short = 0
    for _ in range(200):
        low, high = sorted(rng.integers(0, 256, 2))
        image = np.linspace(low, high, 512).reshape(1, 16, 32, 1)
        image = image.astype("uint8")
        image[0, 0, :2, 0] = low, high
        expected = pillow.apply(image, "AutoContrast", 0, (0,))
        np.testing.assert_array_equal(tables[256 * low + high][image], expected)
        short += low < high and expected.max() == 254
    assert short > 10


def test_blends_are_pillows_for_every_pair_of_values():
    a, b = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    one, other = (Image.fromarray(v.astype("uint8")) for v in (a, b))
    for factor in (0.1, 0.46, 1.0, 1.72, 1.9):
        np.testing.assert_array_equal(
            lookup.blend_table(factor).reshape(256, 256),
            np.asarray(Image.blend(one, other, factor)),
        )


def test_histograms_are_numpys():
    images = pillow.pictures(3)
    found = np.asarray(lookup.histograms(images))
    for i, image in enumerate(images):
        for channel in range(3):
            np.testing.assert_array_equal(
                found[i, channel],
                np.bincount(image[..., channel].ravel(), minlength=256),
            )


def test_grey_values_means_and_smooth_images_are_pillows():
    images = pillow.pictures(3)
    gray = lookup.luminance(images)
    means = np.asarray(lookup.mean_luminance(gray))
    smooth = np.asarray(lookup.smooth(images))
    for i, image in enumerate(images):
        picture = Image.fromarray(image)
        expected = picture.convert("L")
        np.testing.assert_array_equal(np.asarray(gray)[i, ..., 0], expected)
        mean = ImageStat.Stat(expected).mean[0]
        assert means[i] == int(mean + 0.5)
        np.testing.assert_array_equal(
            smooth[i], np.asarray(picture.filter(ImageFilter.SMOOTH))
        )
