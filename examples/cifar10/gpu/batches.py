"""Training batches that are shuffled, cropped and flipped on the device."""

import functools
import itertools

import jax
import jax.numpy as jnp
import numpy as np

PADDING = 4


def load(file):
    """The images (uint8) and labels of CIFAR-10: train, then test."""
    with np.load(file) as arrays:
        return tuple(
            (arrays[f"x_{split}"], arrays[f"y_{split}"].astype("int32").ravel())
            for split in ("train", "test")
        )


class Batches:
    """The training images, held by the device.

    Which images a batch has, and how each is moved, depends on the seed and
    the epoch alone, so a resumed run sees what it would have seen.

    Args:
        images: `[n, height, width, channels]`, uint8.
        labels: `[n]` integers.
        batch_size: Images per batch; an epoch leaves out the rest.
        seed: Integer.
    """

    def __init__(self, images, labels, batch_size, seed):
        sides = ((0, 0), (PADDING, PADDING), (PADDING, PADDING), (0, 0))
        self.images = jax.device_put(np.pad(images, sides))
        self.labels = jax.device_put(labels)
        self.batch_size = batch_size
        self.seed = seed

    def __len__(self):
        return len(self.labels) // self.batch_size

    def stream(self, epoch=0):
        """Pairs of images in 0..1 and labels, without end, from an epoch on."""
        for number in itertools.count(epoch):
            rng = np.random.default_rng([self.seed, number])
            count = len(self.labels)
            order = rng.permutation(count).astype("int32")
            shifts = rng.integers(0, 2 * PADDING + 1, (count, 2), "int32")
            flips = rng.integers(0, 2, count, "int32").astype("bool")
            for step in range(len(self)):
                part = slice(
                    step * self.batch_size, (step + 1) * self.batch_size
                )
                yield _batch(
                    self.images,
                    self.labels,
                    order[part],
                    shifts[part],
                    flips[part],
                )


@jax.jit
def _batch(images, labels, order, shifts, flips):
    _, height, width, channels = images.shape
    size = (height - 2 * PADDING, width - 2 * PADDING, channels)
    crop = functools.partial(jax.lax.dynamic_slice, slice_sizes=size)
    cropped = jax.vmap(lambda image, at: crop(image, (at[0], at[1], 0)))(
        images[order], shifts
    )
    turned = jnp.where(flips[:, None, None, None], cropped[:, :, ::-1], cropped)
    return turned.astype("float32") / 255, labels[order]
