import dataclasses

import numpy as np

from examples.cifar10 import data
from examples.cifar10 import experiments


def test_the_first_images_of_the_training_set(tmp_path):
    file = tmp_path / "cifar10.npz"
    rng = np.random.default_rng(0)
    arrays = {}
    for split in ("train", "test"):
        arrays[f"x_{split}"] = rng.integers(0, 256, (50, 32, 32, 3), "uint8")
        arrays[f"y_{split}"] = np.arange(50) % 10
    np.savez(file, **arrays)
    smoke = experiments.preset("smoke")
    few = dataclasses.replace(smoke, train_images=20)
    train = data.load(str(file), "train", few, seed=1)
    np.testing.assert_array_equal(train.images, arrays["x_train"][:20])
    np.testing.assert_array_equal(train.labels, arrays["y_train"][:20])
    assert train.augmentation is not None and train.seed == 1
    assert len(data.load(str(file), "train", smoke).images) == 50
    assert len(data.load(str(file), "test", few).images) == 50
