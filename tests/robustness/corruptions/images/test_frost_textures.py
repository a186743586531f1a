import importlib.machinery
import importlib.util

import numpy as np
import pytest
from PIL import Image

from keras_ceb._src.robustness.corruptions.images import frost_textures


def make_folder(folder, names=frost_textures.FILE_NAMES):
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    for size, name in enumerate(names):
        pixels = rng.integers(0, 256, (40 + size, 60, 3)).astype("uint8")
        Image.fromarray(pixels).save(folder / name)
    return folder


def test_folder_of_the_user(tmp_path):
    textures = frost_textures.load_textures(make_folder(tmp_path / "frost"))
    assert [texture.shape for texture in textures] == [
        (40 + size, 60, 3) for size in range(5)
    ]
    np.testing.assert_array_equal(
        textures[0], np.asarray(Image.open(tmp_path / "frost/frost1.png"))
    )


def test_missing_files_are_listed(tmp_path):
    make_folder(tmp_path, frost_textures.FILE_NAMES[:3])
    with pytest.raises(
        frost_textures.FrostTexturesNotFound, match="lacks.*frost4.*frost5"
    ):
        frost_textures.load_textures(str(tmp_path))


def test_installed_package_is_found_without_importing_it(tmp_path, monkeypatch):
    make_folder(tmp_path / "frost")

    def find_spec(name):
        if name != "imgcorr":
            return None
        spec = importlib.machinery.ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = [str(tmp_path)]
        return spec

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    assert len(frost_textures.load_textures()) == 5


def test_without_any_photographs_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        frost_textures.FrostTexturesNotFound, match="`textures` must be given"
    ):
        frost_textures.load_textures()


def test_synthetic_texture_by_name():
    textures = frost_textures.load_textures("synthetic")
    assert len(textures) == 5
    assert len({texture.tobytes() for texture in textures}) == 5
    for texture in textures:
        assert texture.dtype == np.uint8
        assert texture.std() > 20


@pytest.mark.parametrize(
    ("textures", "message"),
    [
        ([np.zeros((4, 4), "uint8")], r"shape=\(4, 4\)"),
        ([np.zeros((4, 4, 3), "float32")], "dtype=float32"),
        ([], "none"),
    ],
)
def test_arrays_are_checked(textures, message):
    with pytest.raises(ValueError, match=message):
        frost_textures.load_textures(textures)
