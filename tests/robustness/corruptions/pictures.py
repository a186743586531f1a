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
    from keras_ceb.robustness.corruptions import random

    return random.image_keys(
        np.array([seed, 0], "uint32"), np.arange(count), salt
    )
