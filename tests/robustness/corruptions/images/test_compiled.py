import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.images import compiled
from keras_ceb._src.robustness.corruptions.images.registry import BY_NAME
from keras_ceb.robustness import corruptions
from tests.robustness.corruptions.pictures import pictures

# One function of each kind is enough for every day: compiling takes long.
NAMES = [
    name
    if name in ("defocus_blur", "shot_noise")
    else pytest.param(name, marks=pytest.mark.slow)
    for name, corruption in BY_NAME.items()
    if corruption.one_by_one
]


@pytest.mark.parametrize("name", NAMES)
def test_large_images_one_by_one_are_those_of_the_whole_batch(
    name, monkeypatch
):
    images = pictures(3, 100, 104).astype("uint8")
    one_by_one = corruptions.corrupt(images, name, 4, seed=2)
    monkeypatch.setattr(compiled, "_ONE_BY_ONE_PIXELS", 10**6)
    compiled.compiled.cache_clear()
    at_once = corruptions.corrupt(images, name, 4, seed=2)
    compiled.compiled.cache_clear()
    difference = np.abs(one_by_one.astype("int32") - at_once)
    # The compiler may fuse a product and a sum in one of them.
    assert difference.max() <= 1 and difference.mean() < 0.01
