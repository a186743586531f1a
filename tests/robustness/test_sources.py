import numpy as np
import pytest
from PIL import Image

from keras_ceb._src.robustness import sources


def test_pixels_are_scaled_to_the_range():
    pixels = np.array([[0, 255]], "uint8")
    found = sources.scale_pixels(pixels, (-1.0, 1.0))
    np.testing.assert_array_equal(found, [[-1, 1]])
    floats = np.array([[0.25]])
    np.testing.assert_array_equal(sources.scale_pixels(floats, (0, 9)), floats)


@pytest.mark.parametrize("keys", [("x", "y"), ("images", "labels")])
def test_npz(tmp_path, keys):
    x, y = np.full((2, 3, 3, 1), 51, "uint8"), np.array([1, 0])
    np.savez(tmp_path / "data.npz", **dict(zip(keys, (x, y), strict=True)))
    found, labels = sources.load_npz(tmp_path / "data.npz", (0.0, 1.0))
    np.testing.assert_allclose(found, 0.2)
    np.testing.assert_array_equal(labels, y)


def test_folder_resizes_and_keeps_order(tmp_path):
    for label, name in enumerate(["b", "a"]):
        (tmp_path / name).mkdir()
        for i in range(3):
            tone = np.full((10, 10, 3), 100 * label + 10 * i, "uint8")
            Image.fromarray(tone).save(tmp_path / name / f"{i}.png")
    data = sources.ImageFolder(tmp_path, (4, 5), 3, batch_size=4)
    assert data.class_names == ["a", "b"] and len(data) == 2
    x = np.concatenate([data[i][0] for i in range(2)])
    y = np.concatenate([data[i][1] for i in range(2)])
    assert x.shape == (6, 4, 5, 3)
    np.testing.assert_array_equal(y, [0, 0, 0, 1, 1, 1])
    tones = np.array([100, 110, 120, 0, 10, 20]) / 255
    np.testing.assert_allclose(x[:, 0, 0, 0], tones, atol=1e-6)
    with pytest.raises(IndexError, match=r"0\.\.1.*2"):
        data[2]
    few = sources.ImageFolder(tmp_path, (4, 5), limit=2)
    assert [label for _, label in few.files] == [0, 1]


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
        sources.read_npz(tmp_path / "data.npz")


def test_files_that_are_no_npz(tmp_path):
    (tmp_path / "data.npz").write_text("hello")
    with pytest.raises(ValueError, match=r"complete \.npz file"):
        sources.read_npz(tmp_path / "data.npz")
    np.savez(tmp_path / "data.npz", x=np.zeros((2, 3)), y=[0, 1])
    whole = (tmp_path / "data.npz").read_bytes()
    (tmp_path / "data.npz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"complete \.npz file"):
        sources.read_npz(tmp_path / "data.npz")
    with pytest.raises(FileNotFoundError):
        sources.read_npz(tmp_path / "missing.npz")


@pytest.mark.tf_only
def test_nothing_is_downloaded_unasked(tmp_path, monkeypatch):
    import tensorflow_datasets as tfds

    builder = tfds.builder("mnist", data_dir=tmp_path)
    asked = []
    monkeypatch.setattr(
        type(builder), "download_and_prepare", lambda self: asked.append(1)
    )
    monkeypatch.setattr(tfds, "builder", lambda name: builder)
    with pytest.raises(FileNotFoundError, match="tfds build mnist.*download"):
        sources.TfdsImages("mnist")
    assert not asked
    with pytest.raises(AssertionError, match="Dataset mnist"):
        sources.TfdsImages("mnist", download=True)
    assert asked


@pytest.mark.tf_only
def test_neither_a_data_set_nor_a_folder():
    with pytest.raises(ValueError, match="no file or folder of this name"):
        sources.TfdsImages("imagse")
