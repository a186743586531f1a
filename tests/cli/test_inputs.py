import argparse

import keras
import numpy as np
import pytest
from PIL import Image

from keras_ceb import data
from keras_ceb._src.cli.inputs import load_inputs


def options(data, **others):
    settings = {
        "batch_size": 32, "bounds": None, "download": False, "limit": None,
        "probabilities": False, "resize": "stretch", "split": "test",
        "class_names": None, "data_dir": None, "image_size": None,
        "json": False, "quiet": False,
    }  # fmt: skip
    return argparse.Namespace(data=str(data), **{**settings, **others})


def judge(threshold, *beginning):
    """Parts dark from bright gray images at a threshold of its inputs."""
    dense = keras.layers.Dense(2)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            *beginning,
            keras.layers.GlobalAveragePooling2D(),
            dense,
        ]
    )
    dense.set_weights([np.float32([[0, 1]]), np.float32([threshold, 0])])
    return model


@pytest.fixture
def tones():
    y = np.arange(40) % 2
    x = np.where(y, 180, 60)[:, None, None, None] + np.zeros((40, 4, 4, 1))
    return x.astype("uint8"), y


@pytest.fixture
def npz(tmp_path, tones):
    def make(x=tones[0], y=tones[1]):
        np.savez(tmp_path / "data.npz", x=x, y=y)
        return tmp_path / "data.npz"

    return make


@pytest.fixture
def folder(tmp_path, tones):
    for i, (image, label) in enumerate(zip(*tones, strict=True)):
        path = tmp_path / "images" / ("bright" if label else "a dark one")
        path.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image[..., 0]).save(path / f"{i}.png")
    return tmp_path / "images"


@pytest.mark.parametrize("form", ["npz", "folder"])
def test_the_range_of_pixels(form, npz, folder, capsys):
    data = npz() if form == "npz" else folder
    rescaling = keras.layers.Rescaling(1 / 255)
    for model, expected, reason in [
        (judge(0.5, rescaling), (0, 255), "first layers"),
        (judge(0.5), (0, 1), "most accurate"),
        (judge(130), (0, 255), "most accurate"),
    ]:
        inputs = load_inputs(options(data), model)
        assert inputs.bounds == expected
        assert reason in inputs.reason and inputs.notes == []
        x = inputs.data[0] if form == "npz" else inputs.data[0][0]
        np.testing.assert_allclose(x.max(), 180 / 255 * expected[1], rtol=1e-6)
    inputs = load_inputs(options(data, bounds=(-1.0, 1.0)), judge(0.5))
    assert inputs.bounds == (-1, 1) and "given" in inputs.reason
    with pytest.raises(ValueError, match="`--bounds 0 1`.*`--bounds 0 255`"):
        load_inputs(options(data, limit=2), judge(0.5))


@pytest.mark.parametrize(
    ("low", "high", "scale", "expected"),
    [
        (0, 1, None, (0, 1)),
        (-1, 1, None, (-1, 1)),
        (0, 255, None, (0, 255)),
        (0, 0.5, None, (0, 1)),
        (0, 16, None, None),
        (-2, 2.5, None, None),
        (0, 255, 1 / 255, (0, 255)),
        (0, 90, 1 / 255, (0, 255)),
        (0, 16, 1 / 16, (0, 16)),
        (0, 1, 1 / 255, None),
        (0, 300, 1 / 255, None),
    ],
)
def test_the_range_of_floats(low, high, scale, expected, npz, tones):
    x = np.where(tones[0] > 100, high, low).astype("float64")
    model = judge(0.5, *([keras.layers.Rescaling(scale)] if scale else []))
    if expected is None:
        error = rf"`--bounds`.*from {low:g} to {high:g}"
        with pytest.raises(ValueError, match=error):
            load_inputs(options(npz(x)), model)
        return
    inputs = load_inputs(options(npz(x)), model)
    assert inputs.bounds == expected
    assert inputs.data[0].dtype == np.float32
    np.testing.assert_allclose(inputs.data[0], x)


@pytest.mark.parametrize("bounds", [(0.0, 1.0), (-1.0, 1.0), (0.0, 255.0)])
def test_a_reader_in_python_gives_the_same(bounds, npz, folder):
    found = load_inputs(options(npz(), bounds=bounds), judge(0.5)).data
    expected = data.from_npz(npz(), None, 40, bounds=bounds)[0]
    for array, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(array, other)
    found = load_inputs(options(folder, bounds=bounds), judge(0.5)).data
    expected = data.from_folder(folder, (4, 4), 32, channels=1, bounds=bounds)
    for i in range(2):
        np.testing.assert_array_equal(found[i][0], expected[i][0])


def test_images_get_a_channel(npz, tones):
    inputs = load_inputs(options(npz(tones[0][..., 0])), judge(0.5))
    assert inputs.data[0].shape == (40, 4, 4, 1)


def test_arrays_that_do_not_fit(npz, tones):
    x, y = tones
    for arrays, expected in [
        ((x[:, :3], y), r"shape of the inputs.*Received: x.shape=\(40, 3, 4"),
        ((x, y + 1), r"`y` must lie in 0\.\.1"),
        ((x.astype("int32") * 9, y), r"pixels in 0\.\.255"),
        ((np.where(x > 99, np.nan, 0.5), y), "finite"),
    ]:
        with pytest.raises(ValueError, match=expected):
            load_inputs(options(npz(*arrays)), judge(0.5))


def test_class_names(folder):
    inputs = load_inputs(options(folder), judge(0.5))
    assert inputs.data.class_names == ["a dark one", "bright"]
    three = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten()])
    inputs = load_inputs(options(folder, bounds=(0.0, 1.0)), three)
    (note,) = inputs.notes
    assert "16: labels count" in note and "2 classes, a dark one" in note
    (folder / "more").mkdir()
    with pytest.raises(ValueError, match="3 classes, a dark one, bright, more"):
        load_inputs(options(folder), judge(0.5))


def test_names_that_are_no_data(tmp_path):
    with pytest.raises(FileNotFoundError, match="does not exist"):
        load_inputs(options(tmp_path / "missing.npz"), judge(0.5))
    (tmp_path / "data.csv").write_text("1,2")
    with pytest.raises(ValueError, match=r"must be an \.npz file"):
        load_inputs(options(tmp_path / "data.csv"), judge(0.5))
    with pytest.raises((ValueError, ImportError), match="[Nn]o file or folder"):
        load_inputs(options(tmp_path / "imagse"), judge(0.5))
    free = keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    with pytest.raises(ValueError, match="fixed input size"):
        load_inputs(options(tmp_path), free)


def test_a_model_that_declares_no_shape_takes_arrays_as_they_are(tmp_path):
    class Flat(keras.Model):
        def call(self, x):
            return x

    path = tmp_path / "data.npz"
    x = np.linspace(0, 1, 12, dtype="float32").reshape(4, 3)
    np.savez(path, x=x, y=np.arange(4) % 3)
    inputs = load_inputs(options(path), Flat())
    np.testing.assert_array_equal(inputs.data[0], x)
    assert inputs.bounds == (0.0, 1.0)
