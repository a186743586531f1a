"""Mirror images."""

import numpy as np
from scipy import stats

from keras_ceb import data
from tests.data.augmentation.test_auto_augment import keys


def test_half_of_the_images_are_mirrored():
    image = np.arange(48, dtype="uint8").reshape(4, 4, 3)
    images = np.stack([image] * 1000)
    result = np.asarray(data.HorizontalFlip().augment(images, keys(1000)))
    flipped = (result == image[:, ::-1]).all((1, 2, 3))
    assert (flipped | (result == image).all((1, 2, 3))).all()
    assert stats.binomtest(int(flipped.sum()), 1000).pvalue > 1e-3
