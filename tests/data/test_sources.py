"""Data sets from TFDS and from files, on mocked data."""

import sys

import keras
import numpy as np
import pytest

from keras_ceb import data


def archive(path, **arrays):
    rng = np.random.default_rng(0)
    content = {
        "x_train": rng.integers(0, 256, (20, 8, 8)).astype("uint8"),
        "y_train": np.arange(20)[:, None],
        "x_test": rng.integers(0, 256, (6, 8, 8)).astype("uint8"),
        "y_test": np.arange(6),
    }
    np.savez(path, **{**content, **arrays})
    return content


def test_from_npz(tmp_path):
    content = archive(tmp_path / "small.npz")
    test = data.from_npz(tmp_path / "small.npz", "test", 4)
    images = np.concatenate([x for x, _ in test])
    np.testing.assert_allclose(
        images[..., 0], content["x_test"] / 255, rtol=1e-6
    )
    train = data.from_npz(tmp_path / "small.npz", "train", 4, seed=2)
    assert train.shuffle and train.seed == 2
    labels = np.concatenate([y for _, y in train])
    assert labels.shape == (20,) and sorted(labels) == list(range(20))


def test_from_npz_of_images_from_0_to_1(tmp_path):
    content = archive(tmp_path / "bytes.npz")
    ready = {"x_train": (content["x_train"] / 255).astype("float32")}
    archive(tmp_path / "ready.npz", **ready)
    with pytest.raises(ValueError, match="`scale=None`.*Received.* 0 to 1"):
        data.from_npz(tmp_path / "ready.npz", "train", 4)
    one, other = (
        data.from_npz(
            tmp_path / name,
            "train",
            4,
            scale=scale,
            augmentation=data.PadAndCrop(2, high, value_range=(0, high)),
        )
        for name, scale, high in (
            ("bytes.npz", 1 / 255, 255),
            ("ready.npz", None, 1),
        )
    )
    for (x, _), (found, _) in zip(one, other, strict=True):
        np.testing.assert_allclose(found, x, rtol=1e-6)


def test_from_npz_trains_a_model(tmp_path):
    archive(tmp_path / "small.npz")
    model = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.Flatten()])
    model.add(keras.layers.Dense(20))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss=loss)
    train = data.from_npz(tmp_path / "small.npz", "train", 5)
    test = data.from_npz(tmp_path / "small.npz", "test", 4)
    history = model.fit(train, validation_data=test, verbose=0).history
    assert np.isfinite([history["loss"], history["val_loss"]]).all()


def test_bad_files(tmp_path):
    path = tmp_path / "file.npz"
    with pytest.raises(FileNotFoundError):
        data.from_npz(path)
    archive(path)
    with pytest.raises(ValueError, match="`split`.*'train', 'test'.*'val'"):
        data.from_npz(path, "val")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match="`path`.*x_train.*file.npz"):
        data.from_npz(path)
    np.savez(path, x_train=np.zeros((2, 4, 4)))
    with pytest.raises(ValueError, match="`path`.*y_train"):
        data.from_npz(path)


def test_without_tfds_the_error_names_the_other_way(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(ImportError, match=r"keras-ceb\[data\].*from_npz"):
        data.cifar10()


@pytest.mark.tf_only
@pytest.mark.parametrize("name", ["cifar10", "fashion_mnist"])
def test_from_tfds(monkeypatch, name):
    import tensorflow_datasets as tfds

    with tfds.testing.mock_data(num_examples=10):
        monkeypatch.setattr("keras_ceb._src.data.sources._is_prepared", bool)
        train = getattr(data, name)("train", 4)
        test = getattr(data, name)("test", 4)
    assert (
        train.images.shape[1:]
        == {
            "cifar10": (32, 32, 3),
            "fashion_mnist": (28, 28, 1),
        }[name]
    )
    assert train.shuffle and len(train) == 2
    assert not test.shuffle and len(test) == 3
    images, labels = train[0]
    assert images.shape[0] == 4 and 0 <= images.min() <= images.max() <= 1
    assert labels.dtype.kind == "i"


@pytest.mark.tf_only
@pytest.mark.parametrize("download", [False, True])
def test_a_data_set_that_is_not_there(monkeypatch, tmp_path, download):
    import tensorflow_datasets as tfds

    def no_network(self, **options):
        raise ConnectionError("no network")

    monkeypatch.setattr(
        tfds.core.DatasetBuilder, "download_and_prepare", no_network
    )
    command = f"tfds build cifar10 --data_dir={tmp_path}"
    with pytest.raises(FileNotFoundError, match=command):
        data.cifar10(data_dir=tmp_path, download=download)
