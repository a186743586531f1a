import numpy as np
import pytest
from PIL import Image


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
