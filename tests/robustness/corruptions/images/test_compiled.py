import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.images import compiled
from keras_ceb._src.robustness.corruptions.images import corrupt
from keras_ceb._src.robustness.corruptions.images.registry import BY_NAME
from tests.robustness.corruptions.pictures import pictures

# One function of each kind is enough for every day: compiling takes long.
NAMES = [
    name
    if name in ("defocus_blur", "shot_noise")
    else pytest.param(name, marks=pytest.mark.slow)
    for name, corruption in BY_NAME.items()
    if corruption.one_by_one
]

# Without the cache, so that another threshold takes effect.
make = compiled.compiled.__wrapped__


@pytest.mark.parametrize("name", NAMES)
def test_one_by_one_the_images_are_those_of_the_whole_batch(name, monkeypatch):
    images = pictures(3, 40, 56)
    at_once = corrupt.corrupt(images, name, 5, seed=2)
    monkeypatch.setattr(compiled, "_ONE_BY_ONE_PIXELS", 0)
    monkeypatch.setattr(corrupt, "compiled", make)
    one_by_one = corrupt.corrupt(images, name, 5, seed=2)
    difference = np.abs(one_by_one.astype("int32") - at_once)
    # The compiler may fuse a product and a sum in one of them.
    assert difference.max() <= 1 and difference.mean() < 0.01


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("shot_noise", (96, 96), "run"),
        ("shot_noise", (96, 97), "run_one_by_one"),
        ("fog", (500, 500), "run"),
    ],
)
def test_only_large_images_run_one_by_one(name, size, expected, monkeypatch):
    def compile_function(function, jit_compile):
        assert jit_compile
        return function

    monkeypatch.setattr(compiled.backend, "compile_function", compile_function)
    function = make(BY_NAME[name], (1,), 0, 255, "uint8", (*size, 3))
    assert function.__name__ == expected
