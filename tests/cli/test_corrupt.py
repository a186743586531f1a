import numpy as np
import pytest
from PIL import Image

from keras_ceb.robustness import corruptions
from keras_ceb_cli import main


@pytest.fixture
def folder(tmp_path):
    """Three pictures of two classes, and one file that is none."""
    rng = np.random.default_rng(0)
    for name in ("cat/a.png", "cat/deep/b.jpg", "dog/c.png"):
        path = tmp_path / "images" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = rng.integers(0, 256, (8, 9, 3)).astype("uint8")
        Image.fromarray(pixels).save(path)
    (tmp_path / "images" / "dog" / "broken.png").write_bytes(b"no image")
    return tmp_path / "images"


def test_a_corrupted_copy(folder, tmp_path, capsys):
    command = ["corrupt", str(folder), "--output", str(tmp_path / "out")]
    command += ["--corruptions", "contrast", "--severities", "1", "3"]
    assert main(command) == 0
    printed = capsys.readouterr()
    assert "3 images under 2 corruptions and severities" in printed.out
    assert "could not read" in printed.err and "broken.png" in printed.err
    with Image.open(folder / "cat" / "a.png") as picture:
        pixels = np.asarray(picture)
    copy = tmp_path / "out" / "contrast" / "3"
    with Image.open(copy / "cat" / "a.png.png") as picture:
        written = np.asarray(picture)
    expected = corruptions.corrupt(
        pixels[None], "contrast", 3, variant="cifar10-c"
    )
    np.testing.assert_array_equal(written, expected[0])
    assert (copy / "cat" / "deep" / "b.jpg.png").exists()
    # The class reads it back.
    back = corruptions.CorruptionFolder(
        tmp_path / "out", ["contrast"], severities=[1, 3]
    )
    assert back.names == ("contrast",)
    assert not list((tmp_path / "out").rglob("*.part"))
    # The same command may write again, another may not.
    assert main(command) == 0
    assert main([*command, "--seed", "1"]) == 1
    assert "which holds contrast" in capsys.readouterr().err


def test_another_size(folder, tmp_path, capsys):
    command = ["corrupt", str(folder), "--output", str(tmp_path / "out")]
    command += ["--corruptions", "contrast", "--severities", "1"]
    assert main([*command, "--image-size", "5", "--limit", "1", "--quiet"]) == 0
    (path,) = (tmp_path / "out" / "contrast").rglob("*.png")
    with Image.open(path) as picture:
        assert picture.size == (5, 5)
    assert capsys.readouterr().out == ""


def test_what_cannot_be_corrupted(folder, tmp_path, capsys):
    output = ["--output", str(tmp_path / "out")]
    for arguments, expected in [
        ([str(tmp_path / "none"), *output], "`FOLDER` must be a folder"),
        ([str(folder), "--corruptions", "rain", *output], "'rain'"),
        ([str(folder), "--output", str(folder / "cat")], "must lie outside"),
        ([str(folder), "--image-size", "1", "2", "3", *output], "two numbers"),
    ]:
        assert main(["corrupt", *arguments]) == 1
        error = capsys.readouterr().err
        assert expected in error and error.count("\n") == 1, error
    assert not (tmp_path / "out").exists()
