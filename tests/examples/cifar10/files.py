"""A file like that of CIFAR-10, for runs of the studies at a small size."""

import numpy as np


def write(folder, side):
    """Writes cifar10.npz with 32 images to learn from and 16 to test on.

    Args:
        folder: Where to write it.
        side: Height and width of the images.

    Returns:
        The path of the file, a string.
    """
    rng = np.random.default_rng(0)
    arrays = {}
    for split, size in (("train", 32), ("test", 16)):
        arrays[f"y_{split}"] = np.arange(size, dtype="uint8") % 10
        images = rng.integers(0, 256, (size, side, side, 3), dtype="uint8")
        arrays[f"x_{split}"] = images
    file = folder / "cifar10.npz"
    np.savez(file, **arrays)
    return str(file)
