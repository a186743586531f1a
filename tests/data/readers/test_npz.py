"""Data sets in NumPy archives."""

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
    with pytest.raises(ValueError, match="`bounds=None`.*Received.* 0 to 1"):
        data.from_npz(tmp_path / "ready.npz", "train", 4)
    one, other = (
        data.from_npz(
            tmp_path / name,
            "train",
            4,
            bounds=bounds,
            augmentation=data.PadAndCrop(2, high, value_range=(0, high)),
        )
        for name, bounds, high in (
            ("bytes.npz", (0, 1), 255),
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


@pytest.mark.parametrize(
    "names",
    [("x", "y"), ("x_test", "y_test"), ("images", "labels")],
)
def test_an_archive_of_one_set(tmp_path, names):
    x, y = np.full((2, 3, 3, 1), 51, "uint8"), np.array([1, 0])
    np.savez(tmp_path / "data.npz", **dict(zip(names, (x, y), strict=True)))
    found, labels = data.read_npz(tmp_path / "data.npz")
    np.testing.assert_array_equal(found, x)
    np.testing.assert_array_equal(labels, y)
    dataset = data.from_npz(tmp_path / "data.npz", None)
    assert not dataset.shuffle
    np.testing.assert_allclose(dataset[0][0], 0.2)


def test_the_first_of_several_pairs_is_taken(tmp_path):
    x, y = np.zeros((2, 3)), np.array([0, 1])
    path = tmp_path / "data.npz"
    np.savez(path, images=x + 3, labels=y, x_test=x + 2, y_test=y, x=x)
    assert data.read_npz(path)[0][0, 0] == 2
    with pytest.raises(ValueError, match="`split`.*'train', 'test', None"):
        data.read_npz(path, "val")


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        ({"x": np.zeros((2, 3)), "y": ["cat", "dog"]}, "`y`.*integers.*dtype"),
        ({"x": np.array(["a", "b"]), "y": [0, 1]}, "`x`.*array of numbers"),
        ({"x": np.zeros((2, 3)), "y": [0, 1, 2]}, "as many labels as images"),
        ({"x": np.zeros((0, 3)), "y": []}, "at least one"),
        ({"x": np.array([{}, {}]), "y": [0, 1]}, "arrays of numbers"),
        ({"a": np.zeros(2)}, r"must hold arrays named.*\['a'\]"),
    ],
)
def test_npz_of_something_else(tmp_path, arrays, expected):
    np.savez(tmp_path / "data.npz", **arrays)
    with pytest.raises(ValueError, match=expected):
        data.read_npz(tmp_path / "data.npz")


def test_files_that_are_no_npz(tmp_path):
    (tmp_path / "data.npz").write_text("hello")
    with pytest.raises(ValueError, match=r"complete \.npz file"):
        data.read_npz(tmp_path / "data.npz")
    np.savez(tmp_path / "data.npz", x=np.zeros((2, 3)), y=[0, 1])
    whole = (tmp_path / "data.npz").read_bytes()
    (tmp_path / "data.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"complete \.npz file"):
        data.read_npz(tmp_path / "data.npz")
    with pytest.raises(FileNotFoundError):
        data.read_npz(tmp_path / "missing.npz")


def test_damaged_files_are_read_right_or_refused(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (6, 4, 4, 3)).astype("uint8"), np.arange(6)
    np.savez(tmp_path / "data.npz", x=x, y=y)
    whole = (tmp_path / "data.npz").read_bytes()
    refused = 0
    for number in range(100):
        changed = bytearray(whole)
        changed[rng.integers(len(changed))] = rng.integers(256)
        if number % 5 == 0:
            changed = changed[: rng.integers(len(changed))]
        (tmp_path / "data.npz").write_bytes(changed)
        try:
            images, labels = data.read_npz(tmp_path / "data.npz")
        except ValueError:
            refused += 1
            continue
        np.testing.assert_array_equal(images, x)
        np.testing.assert_array_equal(labels, y)
    assert refused > 50
