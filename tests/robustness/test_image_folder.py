import numpy as np
import pytest
from PIL import Image

from keras_ceb._src.robustness.image_folder import ImageFolder
from keras_ceb._src.robustness.image_folder import index


def save(path, mode="RGB", side=(7, 9)):
    """Random pixels in a mode of Pillow, in the format of the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(len(path.name))
    if mode == "I;16":
        pixels = rng.integers(0, 2**16, side).astype("uint16")
        Image.fromarray(pixels).save(path)
        return
    shape = {"L": side, "LA": (*side, 2), "RGBA": (*side, 4)}
    pixels = rng.integers(0, 256, shape.get(mode, (*side, 3))).astype("uint8")
    image = Image.fromarray(pixels)
    if mode == "P":
        image = image.quantize(16)
    image.save(path)


@pytest.fixture
def folder(tmp_path):
    """All that may stand in a folder of images."""
    root = tmp_path / "images"
    save(root / "b" / "2.png")
    save(root / "b" / "10.png", "RGBA")
    save(root / "b" / "more" / "1.PNG", "P")
    save(root / "b" / "more" / "deep" / "1.png", "L")
    save(root / "b" / ".hidden" / "1.png")
    save(root / "b" / ".hidden.png")
    save(root / "b" / "scan.tif")
    save(root / "B" / "1.Bmp")
    save(root / "a" / "1.gif", "P")
    save(root / "a" / "2.png", "I;16")
    save(root / "a" / "3.png", "LA")
    (root / "a" / "notes.txt").write_text("No image.")
    (root / "empty").mkdir()
    (root / ".ipynb_checkpoints").mkdir()
    save(root / ".git" / "1.png")
    save(root / "0.png")
    save(tmp_path / "elsewhere" / "9.png")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "b" / "link").symlink_to(tmp_path / "elsewhere")
    (root / "b" / "link.png").symlink_to(tmp_path / "elsewhere" / "9.png")
    return root


def test_the_files_of_a_folder(folder):
    names, files = index(folder)
    assert names == ["B", "a", "b", "empty", "link"]
    found = [(str(f.relative_to(folder)), label) for f, label in files]
    assert found == [
        ("B/1.Bmp", 0),
        ("a/1.gif", 1),
        ("a/2.png", 1),
        ("a/3.png", 1),
        ("b/.hidden.png", 2),
        ("b/10.png", 2),
        ("b/2.png", 2),
        ("b/link.png", 2),
        ("b/.hidden/1.png", 2),
        ("b/more/1.PNG", 2),
        ("b/more/deep/1.png", 2),
        ("link/9.png", 4),
    ]


def contents(data):
    parts = [(np.asarray(x), np.asarray(y)) for x, y in data]
    return [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]


@pytest.mark.tf_only
@pytest.mark.parametrize(
    ("resize", "options"),
    [
        ("stretch", {}),
        ("crop", {"crop_to_aspect_ratio": True}),
        ("pad", {"pad_to_aspect_ratio": True}),
    ],
)
def test_it_is_what_keras_reads(folder, resize, options):
    import keras

    expected = keras.utils.image_dataset_from_directory(
        folder, image_size=(5, 8), shuffle=False, verbose=False, **options
    )
    data = ImageFolder(folder, (5, 8), 3, (0, 255), 5, resize=resize)
    assert data.class_names == expected.class_names
    assert [str(file) for file, _ in data.files] == expected.file_paths
    (x, y), (asked, labels) = contents(data), contents(expected)
    np.testing.assert_array_equal(y, labels)
    np.testing.assert_allclose(x, asked, atol=1e-3)


@pytest.mark.tf_only
@pytest.mark.parametrize("mode", ["rgb", "grayscale"])
def test_photographs_are_what_keras_reads(tmp_path, mode):
    """Decoders round the colours of JPEG, and grey, each in its way."""
    import keras

    ramp = np.add.outer(np.arange(40) * 3, np.arange(60) * 2)
    pixels = np.stack([ramp, ramp[::-1], 255 - ramp], -1).clip(0, 255)
    (tmp_path / "a").mkdir()
    image = Image.fromarray(pixels.astype("uint8"))
    image.save(tmp_path / "a" / "1.JPG", quality=90)
    image.convert("L").save(tmp_path / "a" / "2.jpeg")
    asked, _ = contents(
        keras.utils.image_dataset_from_directory(
            tmp_path, image_size=(16, 16), color_mode=mode, verbose=False,
            shuffle=False,
        )
    )  # fmt: skip
    channels = asked.shape[-1]
    x, _ = contents(ImageFolder(tmp_path, (16, 16), channels, (0, 255)))
    np.testing.assert_allclose(x, asked, atol=4)
    assert np.abs(x - asked).mean() < 1


def test_channels_first(folder, monkeypatch):
    import keras

    last = ImageFolder(folder, (5, 8))[0][0]
    monkeypatch.setattr(
        keras.config, "image_data_format", lambda: "channels_first"
    )
    np.testing.assert_array_equal(
        ImageFolder(folder, (5, 8))[0][0], last.transpose(0, 3, 1, 2)
    )


def test_few_and_wrong(folder):
    few = ImageFolder(folder, (4, 5), limit=2)
    assert [label for _, label in few.files] == [0, 4]
    (folder / "a" / "1.gif").write_bytes(b"no image")
    data = ImageFolder(folder, (4, 5), batch_size=2)
    x, y = data[0]
    assert x.shape == (1, 4, 5, 3) and y.tolist() == [0]
    assert [name.endswith("a/1.gif") for name in data.failed] == [True]
    for name, value in [
        ("limit", 0), ("batch_size", 0), ("channels", 2), ("resize", "zoom"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=f"`{name}` must be"):
            ImageFolder(folder, (4, 5), **{name: value})
