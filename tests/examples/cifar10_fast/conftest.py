import numpy as np
import pytest


@pytest.fixture(scope="package")
def archive(tmp_path_factory):
    """A file like that of CIFAR-10, 32 images to learn from and 20."""
    rng = np.random.default_rng(0)
    arrays = {}
    for split, size in (("train", 32), ("test", 20)):
        images = rng.integers(0, 256, (size, 9, 9, 3), dtype="uint8")
        arrays[f"x_{split}"] = images
        arrays[f"y_{split}"] = np.arange(size, dtype="uint8") % 10
    file = tmp_path_factory.mktemp("data") / "cifar10.npz"
    np.savez(file, **arrays)
    return str(file)
