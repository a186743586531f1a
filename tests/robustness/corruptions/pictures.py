"""Test images: smooth shapes, texture, flat and saturated areas."""

import numpy as np


def pictures(count=2, height=40, width=48, channels=3, seed=0):
    """uint8 images, [count, height, width, channels]."""
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 3, height)[:, None, None]
    across = np.linspace(0, 4, width)[None, :, None]
    images = []
    for _ in range(count):
        phase = rng.uniform(0, 6, (2, channels))
        waves = np.sin(2 * down + phase[0]) + np.cos(3 * across + phase[1])
        image = 128 + 90 * waves + rng.normal(0, 12, waves.shape)
        image[: height // 4, : width // 4] = 100
        image[-height // 4 :, -width // 4 :] = 255
        images.append(np.clip(image, 0, 255).astype("uint8"))
    return np.stack(images)


def keys(count=2, seed=0, salt=0):
    """The random keys of `count` images."""
    from keras_ceb._src import random

    return random.image_keys(
        np.array([seed, 0], "uint32"), np.arange(count), salt
    )


def compiled(function, x, *row):
    """`function(x, keys, *row)` compiled by XLA, as an array."""
    from keras import ops

    from keras_ceb._src import backend

    call = backend.compile_function(
        lambda batch, shared: function(batch[0], batch[1], *row),
        jit_compile=True,
    )
    return ops.convert_to_numpy(call((x, keys(len(x))), ()))


def ordinary_picture(size=224, seed=0):
    """The image of the statistics in `benchmarks/corruptions.py`."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size][..., None] / size
    phase, rate = rng.uniform(0, 6, 3), rng.uniform(4, 12, (2, 3))
    image = 128 + 60 * np.sin(rate[0] * x + phase) * np.cos(rate[1] * y)
    image = image + 30 * (np.hypot(x - 0.5, y - 0.4) < 0.25)
    image = image + rng.normal(0, 6, (size, size, 3))
    return np.clip(image, 0, 255).astype("uint8")


def compare_statistics(name, severity, expected, seeds=60):
    """Checks means over seeds against those of the original.

    Args:
        expected: mean and standard error of the level, of the spread of
            levels and of the mean change, as the original gave them.
    """
    from keras_ceb.robustness.corruptions import corrupt

    image = ordinary_picture()
    images = np.tile(image, (seeds, 1, 1, 1))
    result = corrupt(images, name, severity, seed=2).astype("float64")
    measured = (
        result.mean(axis=(1, 2, 3)),
        result.std(axis=(1, 2, 3)),
        np.abs(result - image).mean(axis=(1, 2, 3)),
    )
    for values, (mean, error) in zip(measured, expected, strict=True):
        both = np.hypot(error, values.std() / seeds**0.5)
        assert abs(values.mean() - mean) < 4 * both
