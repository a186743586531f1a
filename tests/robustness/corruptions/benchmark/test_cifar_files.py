import numpy as np
import pytest

from keras_ceb._src.robustness.corruptions.benchmark.cifar_files import (
    load_cifar_c,
)


@pytest.fixture
def released(tmp_path):
    images = np.arange(20, dtype="uint8")[:, None, None, None]
    np.save(tmp_path / "fog.npy", np.tile(images, (1, 32, 32, 3)))
    np.save(tmp_path / "labels.npy", np.arange(20) % 4)
    return tmp_path


def test_severities_follow_each_other(released):
    x, y = load_cifar_c(released, "fog", 3)
    assert x.shape == (4, 32, 32, 3)
    assert x[:, 0, 0, 0].tolist() == [8, 9, 10, 11]
    assert y.tolist() == [0, 1, 2, 3]
    # Mapped, not read.
    assert isinstance(x, np.memmap)


def test_bad_input(released):
    with pytest.raises(ValueError, match=r"lacks \['snow.npy'\]"):
        load_cifar_c(released, "snow", 1)
    with pytest.raises(ValueError, match="'rain'"):
        load_cifar_c(released, "rain", 1)
    with pytest.raises(ValueError, match="`severity`"):
        load_cifar_c(released, "fog", 0)
    np.save(released / "labels.npy", np.arange(3))
    with pytest.raises(ValueError, match=r"labels.shape=\(3,\)"):
        load_cifar_c(released, "fog", 1)
