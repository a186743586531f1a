import numpy as np
import pytest


@pytest.fixture(scope="package")
def archive(tmp_path_factory):
    """A file like that of Fashion-MNIST, 40 images to learn from and 20."""
    rng = np.random.default_rng(0)
    arrays = {}
    for split, size in (("train", 40), ("test", 20)):
        images = rng.integers(0, 256, (size, 8, 8), dtype="uint8")
        arrays[f"x_{split}"] = images
        arrays[f"y_{split}"] = np.arange(size, dtype="uint8") % 10
    file = tmp_path_factory.mktemp("data") / "fashion_mnist.npz"
    np.savez(file, **arrays)
    return str(file)
